metadata description = 'An identity that GitHub Actions signs in as from given environments of one repository, without a secret.'

@description('Region of the identity.')
param location string

@description('Name of the identity.')
param name string

@description('The repository, as owner/name.')
param repository string

@description('The GitHub environments whose jobs may sign in.')
param environments string[]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: { application: 'rollcall', environment: 'pipeline' }
}

@batchSize(1) // Entra refuses several at once for one identity
resource federation 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [
  for each in environments: {
    parent: identity
    name: 'github-${each}'
    properties: {
      issuer: 'https://token.actions.githubusercontent.com'
      subject: 'repo:${repository}:environment:${each}'
      audiences: ['api://AzureADTokenExchange']
    }
  }
]

output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
