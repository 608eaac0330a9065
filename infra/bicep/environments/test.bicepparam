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
