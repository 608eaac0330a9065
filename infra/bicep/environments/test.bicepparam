// Small and cheap: it may be cold, and nothing in it is missed.
using '../main.bicep'

param environmentName = 'test'
param location = 'westeurope'
param alertRecipients = readEnvironmentVariable('ALERT_RECIPIENTS', '')
param mailEnabled = false
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param logRetentionDays = 30
param operatorPrincipalId = readEnvironmentVariable('OPERATOR_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('OPERATOR_PRINCIPAL_TYPE', 'ServicePrincipal')
var budgetAmount = readEnvironmentVariable('BUDGET_AMOUNT', '')
param monthlyBudget = empty(budgetAmount) ? 0 : int(budgetAmount)
param budgetFrom = readEnvironmentVariable('BUDGET_FROM', '')
