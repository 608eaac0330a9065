metadata description = 'Who read and changed our tables, and from where: each request that the storage answers, as a line in the workspace.'

@description('The storage account of our tables.')
param dataAccount string

@description('The workspace that the lines go to; they count towards its daily cap.')
param workspaceName string

@description('Reads too, and not changes only.')
param withReads bool

var categories = concat(withReads ? ['StorageRead'] : [], ['StorageWrite', 'StorageDelete'])

resource data 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: dataAccount
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' existing = {
  parent: data
  name: 'default'
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: tableService
  name: 'who-was-at-the-tables'
  properties: {
    workspaceId: workspace.id
    logs: [
      for category in categories: {
        category: category
        enabled: true
      }
    ]
  }
}
