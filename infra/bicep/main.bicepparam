// For azd: values come from its environment (azd env set NAME VALUE).
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param accountId = readEnvironmentVariable('ROLLCALL_ACCOUNT', readEnvironmentVariable('AZURE_ENV_NAME', 'dev'))
param alertRecipients = readEnvironmentVariable('ALERT_RECIPIENTS', '')
param operatorPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param publicBaseUrl = readEnvironmentVariable('CUSTOM_BASE_URL', '') // PUBLIC_BASE_URL is an output
var budgetAmount = readEnvironmentVariable('BUDGET_AMOUNT', '')
param monthlyBudget = empty(budgetAmount) ? 0 : int(budgetAmount)
param budgetFrom = readEnvironmentVariable('BUDGET_FROM', '')
