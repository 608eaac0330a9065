metadata description = 'What the modules share: the shapes of their parameters.'

@description('Memory of an instance in MB; 2048 comes with about one core.')
type memory = 512 | 2048 | 4096

@description('Most instances; the platform refuses fewer than 40.')
@minValue(40)
@maxValue(1000)
type instanceLimit = int

@description('Instances that are always warm; each is billed while idle. Zone redundancy needs at least 2.')
@minValue(0)
@maxValue(20)
type warmInstances = int

@description('Requests that an instance takes at once before another starts. The default of the platform for Python is 1.')
@minValue(1)
@maxValue(1000)
type parallelRequests = int

@description('More than this many within the span of an alert make it speak.')
@minValue(0)
type limit = int

@export()
@description('How many instances there may be, how large they are, and how many requests each takes at once.')
type scale = {
  instanceMemoryMB: memory
  maximumInstances: instanceLimit
  alwaysReady: warmInstances
  concurrency: parallelRequests
}

@export()
@description('When alerts speak: failed requests within 5 minutes; refused provisioning, and throttling, within 15.')
type thresholds = {
  failedRequests: limit
  provisioningFailures: limit
  throttled: limit
}

@export()
@description('Which requests to our tables leave a line in the logs: who, from where, what.')
type accessLog = 'none' | 'changes' | 'all'

@export()
@description('What kind of principal a role is given to.')
type principalType = 'User' | 'Group' | 'ServicePrincipal'

@export()
@description('Where mail is handed in, and its sender.')
type mailbox = {
  endpoint: string
  sender: string
}

@export()
@description('A role that an assignment may carry: id (a GUID of your own), name for people, and value.')
type appRole = {
  id: string
  displayName: string
  value: string
}
