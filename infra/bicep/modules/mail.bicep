metadata description = 'Sends the notices about failed provisioning: a mail domain that Azure manages, and the service that uses it.'

@description('Tags of every resource.')
param tags object

@description('Name of the communication service.')
param communicationService string

@description('Name of the service for its mail domains.')
param emailServiceName string

@description('Where mail data rests, e.g. Europe or United States.')
param dataLocation string

var global = 'global'

resource emailService 'Microsoft.Communication/emailServices@2023-04-01' = {
  name: emailServiceName
  location: global
  tags: tags
  properties: {
    dataLocation: dataLocation
  }
}

resource domain 'Microsoft.Communication/emailServices/domains@2023-04-01' = {
  parent: emailService
  name: 'AzureManagedDomain'
  location: global
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' = {
  name: communicationService
  location: global
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: [
      domain.id
    ]
  }
}

output endpoint string = 'https://${communication.properties.hostName}'
output sender string = 'DoNotReply@${domain.properties.fromSenderDomain}'
