metadata description = 'Rollcall in one resource group. Deploy it alone where the group is given; main.bicep makes the group too.'

import { accessLog, principalType, scale, thresholds } from 'types.bicep'

@description('Name of the environment, e.g. test or production; part of names and tags.')
@minLength(1)
@maxLength(16)
param environmentName string

@description('Where the resources are.')
param location string = resourceGroup().location

@description('More tags for every resource.')
param extraTags object = {}

@description('Makes names unique in Azure; the same for the same group and environment.')
@minLength(13)
@maxLength(13)
param token string = uniqueString(subscription().id, resourceGroup().id, environmentName)

@description('The account whose tenant URL is told at the end; the command line opens it.')
param accountId string = environmentName

@description('How the app grows.')
param scaling scale = {
  instanceMemoryMB: 2048
  maximumInstances: 100
  alwaysReady: 0
  concurrency: 16
}

@description('Spread app and storage over zones; needs a region with zones, and at least two always-ready instances.')
param zoneRedundant bool = false

@description('Put the storage behind private endpoints in a virtual network of its own.')
param privateNetwork bool = false

@description('Addresses of that network.')
param addressSpace string = '10.40.0.0/24'

@description('IPv4 addresses or ranges from which operators reach the tables of a private service.')
param operatorAddresses string[] = []

@description('Send notices by mail.')
param mailEnabled bool = true

@description('Where mail data rests.')
param mailDataLocation string = 'Europe'

@description('Who is told by alerts; nobody, and no alerts, where empty.')
param alertRecipients string[] = []

@description('From how much on the alerts speak.')
param alertThresholds thresholds = {
  failedRequests: 5
  provisioningFailures: 20
  throttled: 50
}

@description('Days for which logs are kept.')
param logRetentionDays int = 90

@description('Most GB of logs a day; -1 for no limit. What comes after that on a day is lost.')
@minValue(-1)
param logDailyQuotaGb int = 1

@description('Which requests to our tables leave a line in the logs.')
param tableAccessLog accessLog = 'none'

@description('What a month may cost before somebody is told, in the currency of the subscription; 0 for no budget.')
@minValue(0)
param monthlyBudget int = 0

@description('First day of the month the budget is for first, as yyyy-MM-dd; it cannot be changed later.')
param budgetFrom string = ''

@description('When the maintenance timer runs: six fields, seconds first, UTC.')
param maintenanceSchedule string = '0 */5 * * * *'

@description('The address that clients use, where it is not the one Azure gives; without a path.')
param publicBaseUrl string = ''

@description('Refuse to delete the account that holds our tables.')
param lockData bool = false

@description('Object id of who runs the command line; empty for nobody.')
param operatorPrincipalId string = ''

@description('What kind of principal that is.')
param operatorPrincipalType principalType = 'User'

var tables = ['accounts', 'directory', 'log']
var suffix = 'rollcall-${environmentName}'
var names = {
  identity: 'id-${suffix}'
  app: 'func-${suffix}-${token}'
  hostAccount: 'strchost${token}'
  dataAccount: 'strcdata${token}'
  workspace: 'log-${suffix}'
  insights: 'appi-${suffix}'
  communicationService: 'acs-${suffix}-${token}'
  emailService: 'email-${suffix}-${token}'
  network: 'vnet-${suffix}'
}
var tags = union({ application: 'rollcall', environment: environmentName, 'azd-env-name': environmentName }, extraTags)

// Modules know each other by names, not by outputs: so a snapshot shows every name, scope and role.
module storage 'modules/storage.bicep' = {
  params: {
    location: location
    tags: tags
    hostAccount: names.hostAccount
    dataAccount: names.dataAccount
    tables: tables
    zoneRedundant: zoneRedundant
    isPrivate: privateNetwork
    operatorAddresses: operatorAddresses
    locked: lockData
    packageRetentionDays: 14
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    tags: tags
    workspaceName: names.workspace
    insightsName: names.insights
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module mail 'modules/mail.bicep' = if (mailEnabled) {
  params: {
    tags: tags
    communicationService: names.communicationService
    emailServiceName: names.emailService
    dataLocation: mailDataLocation
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    location: location
    tags: tags
    suffix: suffix
    networkName: names.network
    addressSpace: addressSpace
    hostAccount: names.hostAccount
    dataAccount: names.dataAccount
  }
  dependsOn: [
    storage
  ]
}

module access 'modules/access.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.identity
    hostAccount: names.hostAccount
    dataAccount: names.dataAccount
    tables: tables
    insights: names.insights
    communicationService: mailEnabled ? names.communicationService : ''
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
  dependsOn: [
    storage
    monitoring
    mail
  ]
}

module function 'modules/function.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.app
    identityName: names.identity
    hostAccount: names.hostAccount
    packageContainer: storage.outputs.packageContainer
    tableServiceUri: storage.outputs.tableServiceUri
    insightsName: names.insights
    scaling: scaling
    zoneRedundant: zoneRedundant
    subnetId: privateNetwork ? resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'app') : ''
    maintenanceSchedule: maintenanceSchedule
    publicBaseUrl: publicBaseUrl
    sendsMail: mailEnabled
    mail: { endpoint: mail.?outputs.endpoint ?? '', sender: mail.?outputs.sender ?? '' }
  }
  dependsOn: [
    access // the roles are there before the app first starts
    monitoring
    network
  ]
}

module alerts 'modules/alerts.bicep' = if (!empty(alertRecipients)) {
  params: {
    location: location
    tags: tags
    suffix: suffix
    recipients: alertRecipients
    insightsName: names.insights
    workspaceName: names.workspace
    dataAccount: names.dataAccount
    limits: alertThresholds
  }
  dependsOn: [
    storage
    monitoring
  ]
}

module accessLogs 'modules/access-log.bicep' = if (tableAccessLog != 'none') {
  params: {
    dataAccount: names.dataAccount
    workspaceName: names.workspace
    withReads: tableAccessLog == 'all'
  }
  dependsOn: [
    storage
    monitoring
  ]
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  params: {
    suffix: suffix
    amount: monthlyBudget
    from: budgetFrom
    recipients: alertRecipients
  }
}

output functionAppName string = function.outputs.name
output publicUrl string = function.outputs.publicUrl
output tenantUrl string = '${function.outputs.publicUrl}/scim/account/${accountId}'
output tableServiceUri string = storage.outputs.tableServiceUri
