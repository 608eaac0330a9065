// Spread over zones, warm, private storage that cannot be deleted by mistake.
using '../main.bicep'

param environmentName = 'production'
param location = 'westeurope'
param alertRecipients = readEnvironmentVariable('ALERT_RECIPIENTS', 'operators@rollcall.example')
param scaling = {
  instanceMemoryMB: 2048
  maximumInstances: 100
  alwaysReady: 2
  concurrency: 16
}
param zoneRedundant = true
param privateNetwork = true
param lockData = true
param logRetentionDays = 365
param logDailyQuotaGb = 5
param tableAccessLog = 'all'
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param operatorPrincipalId = readEnvironmentVariable('OPERATOR_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('OPERATOR_PRINCIPAL_TYPE', 'ServicePrincipal')
var budgetAmount = readEnvironmentVariable('BUDGET_AMOUNT', '')
param monthlyBudget = empty(budgetAmount) ? 0 : int(budgetAmount)
param budgetFrom = readEnvironmentVariable('BUDGET_FROM', '')
