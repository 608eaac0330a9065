metadata description = 'From an empty subscription to a place where Rollcall runs: the resource group and all that is in it.'

targetScope = 'subscription'

import { accessLog, principalType, scale, thresholds } from 'types.bicep'

@description('Name of the environment, e.g. test or production; part of names and tags.')
@minLength(1)
@maxLength(16)
param environmentName string

@description('Region of the resource group and of all resources.')
param location string

@description('The resource group, made if it is not there.')
param resourceGroupName string = 'rg-rollcall-${environmentName}'

@description('More tags for every resource.')
param extraTags object = {}

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

@description('IPv4 addresses or ranges from which operators reach the tables of a private service.')
param operatorAddresses string[] = []

@description('Send notices by mail.')
param mailEnabled bool = true

@description('Where mail data rests.')
param mailDataLocation string = 'Europe'

@description('Who is told by alerts, separated by commas or semicolons; nobody, and no alerts, where empty.')
param alertRecipients string = ''

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

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: resourceGroupName
  location: location
  tags: union({ application: 'rollcall', environment: environmentName, 'azd-env-name': environmentName }, extraTags)
}

module service 'service.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    extraTags: extraTags
    accountId: accountId
    scaling: scaling
    zoneRedundant: zoneRedundant
    privateNetwork: privateNetwork
    operatorAddresses: operatorAddresses
    mailEnabled: mailEnabled
    mailDataLocation: mailDataLocation
    alertRecipients: filter(map(split(alertRecipients, [',', ';']), each => trim(each)), each => !empty(each))
    alertThresholds: alertThresholds
    logRetentionDays: logRetentionDays
    logDailyQuotaGb: logDailyQuotaGb
    tableAccessLog: tableAccessLog
    monthlyBudget: monthlyBudget
    budgetFrom: budgetFrom
    maintenanceSchedule: maintenanceSchedule
    publicBaseUrl: publicBaseUrl
    lockData: lockData
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

// azd keeps outputs as variables of its environment: named as the command line reads them.
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = service.outputs.functionAppName
output PUBLIC_BASE_URL string = service.outputs.publicUrl
output SCIM_STORAGE__tableServiceUri string = service.outputs.tableServiceUri
output ROLLCALL_ACCOUNT string = accountId
output TENANT_URL string = service.outputs.tenantUrl
