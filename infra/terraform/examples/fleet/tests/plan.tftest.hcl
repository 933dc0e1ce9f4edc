# The example as a first plan sees it, with a mocked provider for each account: no resource exists yet, so what only an apply would
# know may decide about no resource.

mock_provider "aws" {
  alias  = "management"
  source = "../../tests/mocks"
}
mock_provider "aws" {
  alias  = "security"
  source = "../../tests/mocks"
}
mock_provider "aws" {
  alias  = "checkout"
  source = "../../tests/mocks"
}
mock_provider "aws" {
  alias  = "search"
  source = "../../tests/mocks"
}
mock_provider "aws" {
  alias  = "payments"
  source = "../../tests/mocks"
}
mock_provider "aws" {
  alias  = "warehouse"
  source = "../../tests/mocks"
}
mock_provider "aws" {
  alias  = "platform"
  source = "../../tests/mocks"
}

override_data {
  target = module.cattleguard.data.aws_caller_identity.this
  values = { account_id = "888888888888" }
}
override_data {
  target = module.checkout.data.aws_caller_identity.this
  values = { account_id = "111111111111" }
}
override_data {
  target = module.search.data.aws_caller_identity.this
  values = { account_id = "222222222222" }
}
override_data {
  target = module.payments.data.aws_caller_identity.this
  values = { account_id = "333333333333" }
}
override_data {
  target = module.warehouse.data.aws_caller_identity.this
  values = { account_id = "444444444444" }
}
override_data {
  target = module.platform.data.aws_caller_identity.this
  values = { account_id = "555555555555" }
}

variables {
  slack_channel = "C0123456789"
  splunk_url    = "https://splunk.example.com:8088"
  on_call_email = "on-call@example.com"
}

run "a_first_plan_knows_every_resource_of_twenty_clusters_in_five_accounts" {
  command = plan

  assert {
    condition     = length(local.clusters) == 5 && length(setunion(values(local.clusters)...)) == 20
    error_message = "The example does not have 20 clusters in 5 accounts."
  }
  assert {
    condition     = toset(keys(output.helm_values)) == setunion(values(local.clusters)...)
    error_message = "A cluster has no values for its sensor."
  }
  assert {
    condition     = toset(keys(aws_secretsmanager_secret.route)) == toset(["CATTLEGUARD_SLACK_TOKEN", "CATTLEGUARD_SPLUNK_TOKEN"])
    error_message = "A secret of a destination is not in Secrets Manager."
  }
  # The member module puts the ARNs together, so that they are known here.
  assert {
    condition     = module.checkout.clusters["checkout-1"].sensor_role_arn == "arn:aws:iam::111111111111:role/cattleguard-sensor-checkout-1"
    error_message = "The ARN of a sensor's role is not that of its account."
  }
}
