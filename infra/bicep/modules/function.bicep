metadata description = 'The function app: Flex Consumption, Python, one user-assigned identity, no keys and no publishing passwords.'

import { mailbox, scale } from '../types.bicep'

@description('Where the app is.')
param location string

@description('Tags of every resource; the app adds the one by which azd finds it.')
param tags object

@description('Name of the app, unique in Azure.')
param name string

@description('The identity it runs as; it has its roles already.')
param identityName string

@description('The storage account of the host.')
param hostAccount string

@description('The container from which the package is started.')
param packageContainer string

@description('Where our tables are.')
param tableServiceUri string

@description('The Application Insights resource that it reports to.')
param insightsName string

@description('How it grows.')
param scaling scale

@description('Spread instances over zones.')
param zoneRedundant bool

@description('The subnet it reaches private endpoints from; empty without a network of its own.')
param subnetId string

@description('When the maintenance timer runs: six fields, seconds first, UTC.')
param maintenanceSchedule string

@description('The address that clients use, where it is not the one Azure gives; without a path.')
param publicBaseUrl string

@description('It sends mail.')
param sendsMail bool

@description('Where mail is handed in, and its sender; both empty where none is sent.')
param mail mailbox

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

var settings = union(
  {
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString // no secret while local authentication is off
    AzureWebJobsDisableHomepage: 'true'
    AzureWebJobsStorage__accountName: hostAccount
    AzureWebJobsStorage__clientId: identity.properties.clientId
    AzureWebJobsStorage__credential: 'managedidentity'
    MAINTENANCE_SCHEDULE: maintenanceSchedule
    SCIM_STORAGE__clientId: identity.properties.clientId
    SCIM_STORAGE__tableServiceUri: tableServiceUri
  },
  empty(publicBaseUrl) ? {} : { PUBLIC_BASE_URL: publicBaseUrl },
  !sendsMail ? {} : { MAIL_ACS_ENDPOINT: mail.endpoint, MAIL_SENDER: mail.sender }
)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled' // the identity provider calls from the public internet
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      appSettings: map(items(settings), each => { name: each.key, value: each.value })
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: scaling.instanceMemoryMB
        maximumInstanceCount: scaling.maximumInstances
        alwaysReady: scaling.alwaysReady == 0 ? [] : [{ name: 'http', instanceCount: scaling.alwaysReady }]
        triggers: {
          http: {
            perInstanceConcurrency: scaling.concurrency
          }
        }
      }
    }
  }
}

resource publishingByFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource publishingByPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output name string = app.name
output publicUrl string = empty(publicBaseUrl) ? 'https://${app.properties.defaultHostName}' : publicBaseUrl
