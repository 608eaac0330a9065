// Values come from the environment; docs/enterprise-application.md names them.
using 'enterprise-application.bicep'

param uniqueName = readEnvironmentVariable('ENTERPRISE_APP_UNIQUE_NAME', 'rollcall-test')
param displayName = readEnvironmentVariable('ENTERPRISE_APP_DISPLAY_NAME', 'Rollcall')
param appId = readEnvironmentVariable('ENTERPRISE_APP_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
param assignedIds = filter(split(readEnvironmentVariable('ENTERPRISE_APP_ASSIGNED', ''), ','), id => !empty(id))
param ownerIds = filter(split(readEnvironmentVariable('ENTERPRISE_APP_OWNERS', ''), ','), id => !empty(id))
