metadata description = 'Says by mail when the resource group costs more than it should. It stops nothing.'

@description('Ends the name.')
param suffix string

@description('What a month may cost, in the currency of the subscription.')
param amount int

@description('First day of the month it is for first, as yyyy-MM-dd. Azure lets nobody change it later.')
@minLength(10)
@maxLength(10)
param from string

@description('Who is told, besides the owners of the resource group.')
param recipients string[]

var told = {
  enabled: true
  operator: 'GreaterThanOrEqualTo'
  contactEmails: recipients
  contactRoles: ['Owner']
}

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'budget-${suffix}'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: '${from}T00:00:00Z'
    }
    notifications: {
      spent: union(told, { thresholdType: 'Actual', threshold: 80 })
      foreseen: union(told, { thresholdType: 'Forecasted', threshold: 100 })
    }
  }
}
