metadata description = 'Who deploys from GitHub: two identities that GitHub signs in as without a secret, one that deploys, one that only looks.'

targetScope = 'subscription'

@description('The repository, as owner/name.')
param repository string

@description('Region of the identities.')
param location string

@description('The environments of the workflow; each has a twin ending in -plan, which only looks.')
param environments string[] = ['production', 'test']

// The roles that modules/access.bicep gives, and no others.
var givenRoles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  '3913510d-42f4-4e42-8a64-420c390055eb'
  '09976791-48a7-449e-bb21-39d1a415f350'
]
var given = join(givenRoles, ', ')
var attribute = 'Microsoft.Authorization/roleAssignments:RoleDefinitionId'
var onlyTheseRoles = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[${attribute}] ForAnyOfAnyValues:GuidEquals {${given}})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[${attribute}] ForAnyOfAnyValues:GuidEquals {${given}}))'
var roles = {
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c'
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  roleAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
}

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-rollcall-pipeline'
  location: location
  tags: { application: 'rollcall', environment: 'pipeline' }
}

module deployer 'modules/pipeline-identity.bicep' = {
  scope: group
  params: {
    location: location
    name: 'id-rollcall-deploy'
    repository: repository
    environments: environments
  }
}

module planner 'modules/pipeline-identity.bicep' = {
  scope: group
  params: {
    location: location
    name: 'id-rollcall-plan'
    repository: repository
    environments: map(environments, each => '${each}-plan')
  }
}

resource locks 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'rollcall-locks')
  properties: {
    roleName: 'Rollcall: lock resources'
    description: 'Contributor may do all but this.'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      { actions: ['Microsoft.Authorization/locks/read', 'Microsoft.Authorization/locks/write'], notActions: [] }
    ]
  }
}

resource whatIf 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'rollcall-what-if')
  properties: {
    roleName: 'Rollcall: see what a deployment would change'
    description: 'Together with Reader.'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      {
        actions: [
          'Microsoft.Resources/deployments/read'
          'Microsoft.Resources/deployments/validate/action'
          'Microsoft.Resources/deployments/whatIf/action'
          'Microsoft.Resources/deployments/write'
        ]
        notActions: []
      }
    ]
  }
}

resource deploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'id-rollcall-deploy', roles.contributor)
  properties: {
    principalId: deployer.outputs.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.contributor)
  }
}

resource givesRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'id-rollcall-deploy', roles.roleAdministrator)
  properties: {
    principalId: deployer.outputs.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.roleAdministrator)
    conditionVersion: '2.0'
    condition: onlyTheseRoles
  }
}

resource locksThings 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'id-rollcall-deploy', locks.id)
  properties: {
    principalId: deployer.outputs.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: locks.id
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'id-rollcall-plan', roles.reader)
  properties: {
    principalId: planner.outputs.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.reader)
  }
}

resource seesWhatIf 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'id-rollcall-plan', whatIf.id)
  properties: {
    principalId: planner.outputs.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: whatIf.id
  }
}

output deployClientId string = deployer.outputs.clientId
output deployPrincipalId string = deployer.outputs.principalId
output planClientId string = planner.outputs.clientId
