metadata description = 'The identity of the app and what it may do: the least roles, each at the narrowest scope that serves.'

import { principalType } from '../types.bicep'

@description('Where the identity is.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the identity.')
param name string

@description('The storage account of the host.')
param hostAccount string

@description('The storage account of our tables.')
param dataAccount string

@description('The tables that the app reads and writes.')
param tables string[]

@description('The Application Insights resource that the app reports to.')
param insights string

@description('The communication service that sends mail; empty where none does.')
param communicationService string

@description('Object id of who runs the command line (accounts, tokens); empty for nobody.')
param operatorPrincipalId string

@description('What kind of principal that is.')
param operatorPrincipalType principalType

var roles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  communicationAndEmailServiceOwner: '09976791-48a7-449e-bb21-39d1a415f350'
}

var operated = empty(operatorPrincipalId) ? [] : tables

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource host 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: hostAccount
}

resource data 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: dataAccount
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' existing = {
  parent: data
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' existing = [
  for each in tables: {
    parent: tableService
    name: each
  }
]

resource telemetry 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights
}

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' existing = if (!empty(communicationService)) {
  name: communicationService
}

// The whole account: the host makes its own containers for leases, timer state and keys there. Our tables are elsewhere.
resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, identity.id, roles.storageBlobDataOwner)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataOwner)
  }
}

resource ownTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (each, index) in tables: {
    scope: table[index]
    name: guid(table[index].id, identity.id, roles.storageTableDataContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roles.storageTableDataContributor
      )
    }
  }
]

resource reports 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: telemetry
  name: guid(telemetry.id, identity.id, roles.monitoringMetricsPublisher)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.monitoringMetricsPublisher
    )
  }
}

resource sendsMail 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(communicationService)) {
  scope: communication
  name: guid(communication.id, identity.id, roles.communicationAndEmailServiceOwner)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.communicationAndEmailServiceOwner
    )
  }
}

resource operates 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (each, index) in operated: {
    scope: table[index]
    name: guid(table[index].id, operatorPrincipalId, roles.storageTableDataContributor)
    properties: {
      principalId: operatorPrincipalId
      principalType: operatorPrincipalType
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roles.storageTableDataContributor
      )
    }
  }
]
