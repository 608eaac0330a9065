metadata description = 'Tells operators by mail: failed requests, failed provisioning, a timer that did not run, throttling.'

import { thresholds } from '../types.bicep'

@description('Where the rules that read logs are.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ends the names of the resources.')
param suffix string

@description('Who is told.')
param recipients string[]

@description('Application Insights of the app.')
param insightsName string

@description('The workspace that its logs are in.')
param workspaceName string

@description('The storage account of our tables.')
param dataAccount string

@description('From how much on.')
param limits thresholds

var provisioning = 'AppRequests | where Url contains "/scim/account/"'
var queries = [
  {
    name: 'provisioning-failures'
    description: 'Provisioning requests were refused or failed: wrong tokens, conflicts, invalid resources, faults of ours. Read-backs of what is gone (404) do not count.'
    query: '${provisioning} | where toint(ResultCode) >= 400 and ResultCode !in ("404", "429")'
    severity: 2
    operator: 'GreaterThan'
    threshold: limits.provisioningFailures
    windowSize: 'PT15M'
    evaluationFrequency: 'PT15M'
  }
  {
    name: 'clients-throttled'
    description: 'Clients were told to come back later (429).'
    query: '${provisioning} | where ResultCode == "429"'
    severity: 3
    operator: 'GreaterThan'
    threshold: limits.throttled
    windowSize: 'PT15M'
    evaluationFrequency: 'PT15M'
  }
  {
    name: 'timer-not-run'
    description: 'The maintenance timer has not ended a run within an hour: cut-off changes wait, totals and notices are late.'
    query: 'AppRequests | where OperationName == "maintenance" and Success == true'
    severity: 1
    operator: 'LessThan'
    threshold: 1
    windowSize: 'PT1H'
    evaluationFrequency: 'PT15M'
  }
]

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'rollcall'
    emailReceivers: [
      for (each, index) in recipients: {
        name: 'operator-${index}'
        emailAddress: each
        useCommonAlertSchema: true
      }
    ]
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource data 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: dataAccount
}

resource failedRequests 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'failed-requests-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Requests failed, of any function.'
    enabled: true
    severity: 1
    scopes: [
      insights.id
    ]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'failed'
          metricNamespace: 'microsoft.insights/components'
          metricName: 'requests/failed'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: limits.failedRequests
        }
      ]
    }
    actions: [
      {
        actionGroupId: operators.id
      }
    ]
  }
}

resource storageThrottled 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'storage-throttled-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The table service is busy: an account outgrows its partition, or something loops.'
    enabled: true
    severity: 2
    scopes: [
      data.id
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'busy'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: limits.throttled
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: [
                'ClientThrottlingError'
                'ServerBusyError'
                'SuccessWithThrottling'
              ]
            }
          ]
        }
      ]
    }
    actions: [
      {
        actionGroupId: operators.id
      }
    ]
  }
}

resource logAlert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for each in queries: {
    name: '${each.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: each.name
      description: each.description
      enabled: true
      severity: each.severity
      scopes: [
        workspace.id
      ]
      evaluationFrequency: each.evaluationFrequency
      windowSize: each.windowSize
      autoMitigate: true
      skipQueryValidation: true // the tables appear with the first telemetry
      criteria: {
        allOf: [
          {
            query: each.query
            timeAggregation: 'Count'
            operator: each.operator
            threshold: each.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [
          operators.id
        ]
      }
    }
  }
]
