# The example as a first plan sees it, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
  mock_data "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF", url = "oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF" }
  }
}
override_data {
  target = data.aws_eks_cluster.blue
  values = {
    endpoint              = "https://blue.example.com"
    certificate_authority = [{ data = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" }]
    vpc_config            = [{ vpc_id = "vpc-0123456789abcdef0", subnet_ids = ["subnet-1", "subnet-2"], cluster_security_group_id = "sg-0123456789abcdef0" }]
  }
}
override_data {
  target = data.aws_eks_cluster.green
  values = {
    endpoint              = "https://green.example.com"
    certificate_authority = [{ data = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" }]
    identity              = [{ oidc = [{ issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF" }] }]
  }
}
variables {
  key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
  route_settings    = { CATTLEGUARD_SLACK_CHANNEL = "C0123456789" }
  route_secret_arns = { CATTLEGUARD_SLACK_TOKEN = "arn:aws:ssm:eu-central-1:111122223333:parameter/cattleguard/slack-token" }
}
run "a_first_plan_knows_every_resource" {
  command = plan
}
override_data {
  target = module.cattleguard.data.aws_caller_identity.this
  values = { account_id = "111122223333" }
}
