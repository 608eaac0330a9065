metadata description = 'Two storage accounts without keys: one for the host (package, leases, timer state), one for our tables.'

@description('Where the accounts are.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the account of the host.')
param hostAccount string

@description('Name of the account of our tables.')
param dataAccount string

@description('The tables of the service (storage/client.py).')
param tables string[]

@description('Keep copies in three zones instead of one building.')
param zoneRedundant bool

@description('Close the public endpoints, but for the addresses of operators.')
param isPrivate bool

@description('IPv4 addresses or ranges from which operators reach the tables of a private service.')
param operatorAddresses string[]

@description('Refuse to delete the account that holds our tables: tables have no soft delete.')
param locked bool

@description('Days for which a deleted or overwritten package can be brought back.')
param packageRetentionDays int

var properties = {
  accessTier: 'Hot'
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  allowSharedKeyAccess: false
  defaultToOAuthAuthentication: true
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
}
var sku = { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
var closed = {
  bypass: 'AzureServices' // monitoring, and nobody without a role of his own
  defaultAction: 'Deny'
}
var closedButForOperators = union(closed, {
  ipRules: map(operatorAddresses, address => { action: 'Allow', value: address })
})
var open = {
  bypass: 'None'
  defaultAction: 'Allow'
}

resource host 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: hostAccount
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: sku
  properties: union(properties, {
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: isPrivate ? closed : open
  })
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: host
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: packageRetentionDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: packageRetentionDays
    }
  }
}

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'app-package'
  properties: {
    publicAccess: 'None'
  }
}

resource data 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: dataAccount
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: sku
  properties: union(properties, {
    publicNetworkAccess: isPrivate && empty(operatorAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: isPrivate ? closedButForOperators : open
  })
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: data
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [
  for name in tables: {
    parent: tableService
    name: name
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  scope: data
  name: 'keep-the-directory'
  properties: {
    level: 'CanNotDelete'
    notes: 'Tables have no soft delete. Remove this lock before the account is deleted on purpose.'
  }
}

output packageContainer string = '${host.properties.primaryEndpoints.blob}${package.name}'
output tableServiceUri string = data.properties.primaryEndpoints.table
