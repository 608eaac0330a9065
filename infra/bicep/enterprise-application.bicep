metadata description = 'What Bicep can say of an Enterprise Application that `python -m cli enterprise-app apply` has made: names, roles, owners, who is assigned.'

// The extension cannot instantiate an application template, and only an application from the template can be
// provisioned; nor does it know synchronization jobs, their secrets or mappings. So the command line makes the
// application and gives it the unique name by which this file then adopts and keeps it.
extension microsoftGraphV1

import { appRole } from 'types.bicep'

targetScope = 'subscription'

@description('The key by which this file finds the application; the command line sets it (unique_name in the YAML).')
param uniqueName string

@description('Its name in the portal.')
param displayName string

@description('Client id of the application (appId), as `enterprise-app status` shows it.')
param appId string

@description('Object ids of the users and service principals that own application and service principal.')
param ownerIds string[] = []

@description('Object ids of the groups and users that are provisioned.')
param assignedIds string[] = []

@description('More roles that an assignment may carry: id (a GUID of your own), name for people, and value.')
param extraRoles appRole[] = []

// Every application made from the template has these two; Graph refuses to drop a role that is enabled.
var templateRoles = [
  { id: '18d14569-c3bd-439b-9a66-3a2aee01d14f', displayName: 'User', value: null }
  { id: 'b9632174-c057-4f7e-951b-be3adc52bfe6', displayName: 'msiam_access', value: null }
]

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  appRoles: [
    for role in concat(templateRoles, extraRoles): {
      id: role.id
      displayName: role.displayName
      description: role.displayName
      value: role.value
      isEnabled: true
      allowedMemberTypes: ['User']
    }
  ]
  owners: {
    relationships: ownerIds
    relationshipSemantics: 'append'
  }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: appId
  appRoleAssignmentRequired: true
  owners: {
    relationships: ownerIds
    relationshipSemantics: 'append'
  }
}

resource assignment 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for id in assignedIds: {
    appRoleId: templateRoles[0].id
    principalId: id
    resourceId: servicePrincipal.id
  }
]

output applicationObjectId string = application.id
output servicePrincipalObjectId string = servicePrincipal.id
