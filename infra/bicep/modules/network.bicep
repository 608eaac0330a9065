metadata description = 'A virtual network in which the app reaches both storage accounts by private endpoints.'

@description('Where the network is.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ends the names of the resources.')
param suffix string

@description('Name of the network.')
param networkName string

@description('Addresses of the network; its first two /26 are used.')
param addressSpace string

@description('The storage account of the host.')
param hostAccount string

@description('The storage account of our tables.')
param dataAccount string

var endpoints = [
  { service: 'blob', account: hostAccount }
  { service: 'table', account: dataAccount }
]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: networkName
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressSpace
      ]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 0)
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = [
  for each in endpoints: {
    name: each.account
  }
]

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for each in endpoints: {
    name: 'privatelink.${each.service}.${environment().suffixes.storage}'
    location: 'global'
    tags: tags
  }
]

resource zoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (each, index) in endpoints: {
    parent: zone[index]
    name: 'link-${suffix}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: network.id
      }
    }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for (each, index) in endpoints: {
    name: 'pe-${each.service}-${suffix}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: '${network.id}/subnets/endpoints'
      }
      privateLinkServiceConnections: [
        {
          name: each.service
          properties: {
            privateLinkServiceId: account[index].id
            groupIds: [
              each.service
            ]
          }
        }
      ]
    }
  }
]

resource endpointZone 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (each, index) in endpoints: {
    parent: endpoint[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: each.service
          properties: {
            privateDnsZoneId: zone[index].id
          }
        }
      ]
    }
  }
]
