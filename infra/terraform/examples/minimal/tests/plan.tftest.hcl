# The example as a first plan sees it, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}
variables {
  cluster         = "blue"
  slack_token_arn = "arn:aws:ssm:eu-central-1:123456789012:parameter/cattleguard/slack-token"
  slack_channel   = "C0123456789"
}
run "a_first_plan_knows_every_resource" {
  command = plan
}
