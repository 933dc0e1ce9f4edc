# Who may do what, with a mocked provider; tests/simulate.py judges the same policies as IAM would.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}", minified_json = "{}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_resource "aws_cloudwatch_event_bus" {
    defaults = { arn = "arn:aws:events:eu-central-1:123456789012:event-bus/cattleguard" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:123456789012:rule/cattleguard/rule" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:group" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:queue" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/table" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:function", version = "7" }
  }
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:function:live" }
  }
  mock_resource "aws_lambda_layer_version" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:layer:layer:1" }
  }
}

variables {
  clusters = {
    blue = {
      pod_identity = true
      respond      = { endpoint = "https://blue.example.com", certificate_authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" }
    }
  }
  ec2_actions     = ["quarantine-instance", "revoke-ingress"]
  quarantine_vpcs = { main = "vpc-0a1b2c3d" }
  packages        = { deduplicate = "versions.tf", score = "versions.tf", route = "versions.tf", respond-kubernetes = "versions.tf", respond-aws = "versions.tf" }
}

run "observe_has_no_destructive_statement" {
  assert {
    condition = length([
      for action in flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions) : action
      if startswith(action, "ec2:") && !startswith(action, "ec2:Describe")
    ]) == 0
    error_message = "In observe respond's role can change something in EC2."
  }
  assert {
    condition     = toset([for action in flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions) : split(":", action)[0]]) == toset(["sqs", "dynamodb", "events", "logs", "ec2"]) && toset([for action in flatten(data.aws_iam_policy_document.respond_kubernetes.statement[*].actions) : split(":", action)[0]]) == toset(["sqs", "dynamodb", "events", "logs"])
    error_message = "In observe respond's role reaches a service that it does not need."
  }
  assert {
    condition     = aws_eks_access_entry.respond_kubernetes["blue"].kubernetes_groups == toset(["cattleguard-observe"]) && output.kubernetes_group == "cattleguard-observe"
    error_message = "In observe respond must come to the cluster in the group that can change nothing."
  }
  assert {
    condition     = aws_lambda_function.respond_kubernetes.environment[0].variables.RESPONSE_MODE == "observe"
    error_message = "observe is the default."
  }
}

run "enforce_may_do_what_was_asked_for" {
  variables {
    response_mode = "enforce"
  }
  assert {
    condition     = aws_eks_access_entry.respond_kubernetes["blue"].kubernetes_groups == toset(["cattleguard-respond"]) && aws_eks_access_entry.respond_kubernetes["blue"].type == "STANDARD"
    error_message = "In enforce respond comes to the cluster in the group that may act."
  }
  # Both conditions in one statement: two statements would be an OR.
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.respond_aws.statement :
      length(statement.condition) == 1
      && one(statement.condition).variable == "aws:ResourceTag/cattleguard:respond"
      && one(statement.condition).values == tolist(["allowed"])
      && alltrue([for resource in statement.resources : startswith(resource, "arn:aws:ec2:eu-central-1:123456789012:")])
      if contains(["SwapTheGroupsOfTaggedInterfaces", "CloseARuleOfATaggedGroupAndOpenItAgain"], statement.sid)
    ])
    error_message = "A destructive statement is not bound to the tag and to this account and region."
  }
  assert {
    condition     = length([for statement in data.aws_iam_policy_document.respond_aws.statement : statement if contains(["SwapTheGroupsOfTaggedInterfaces", "CloseARuleOfATaggedGroupAndOpenItAgain"], statement.sid)]) == 2
    error_message = "In enforce both statements must be there."
  }
  assert {
    condition     = length(aws_security_group.quarantine["main"].ingress) == 0 && length(aws_security_group.quarantine["main"].egress) == 0
    error_message = "The quarantine group has a rule."
  }
}

run "an_action_that_was_not_asked_for_is_not_there" {
  variables {
    response_mode   = "enforce"
    ec2_actions     = ["revoke-ingress"]
    quarantine_vpcs = {}
  }
  assert {
    condition     = !contains(flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions), "ec2:ModifyNetworkInterfaceAttribute") && contains(flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions), "ec2:RevokeSecurityGroupIngress")
    error_message = "quarantine-instance was not asked for."
  }
}

run "the_tag_is_yours" {
  variables {
    response_mode = "enforce"
    response_tag  = { key = "team:containment", value = "yes" }
  }
  assert {
    condition     = contains(flatten([for statement in data.aws_iam_policy_document.respond_aws.statement : statement.condition[*].variable]), "aws:ResourceTag/team:containment") && !contains(flatten([for statement in data.aws_iam_policy_document.respond_aws.statement : statement.condition[*].variable]), "aws:ResourceTag/cattleguard:respond")
    error_message = "response_tag must reach the conditions."
  }
}

run "a_cluster_without_respond_is_only_listened_to" {
  variables {
    clusters = { blue = { pod_identity = true } }
  }
  assert {
    condition     = length(aws_eks_access_entry.respond_kubernetes) == 0 && local.clusters_json == "{}"
    error_message = "respond was told of a cluster that it must not touch."
  }
  assert {
    condition     = aws_eks_pod_identity_association.sensor["blue"].namespace == "cattleguard" && aws_eks_pod_identity_association.sensor["blue"].service_account == "cattleguard-sensor"
    error_message = "Pod Identity must name the chart's service account."
  }
}

run "a_sensor_speaks_for_its_own_cluster_alone" {
  variables {
    clusters = {
      blue  = { pod_identity = true }
      green = { oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/GREEN" }
    }
    sensor_service_account = { namespace = "security" }
  }
  assert {
    condition = alltrue([
      for cluster, document in data.aws_iam_policy_document.sensor :
      length(document.statement) == 1
      && document.statement[0].actions == toset(["events:PutEvents"])
      && document.statement[0].resources == toset([aws_cloudwatch_event_bus.this.arn])
      && { for condition in document.statement[0].condition : "${condition.test} ${condition.variable}" => sort(condition.values) } == {
        "StringEquals events:source"      = tolist(["cattleguard.sensor.${cluster}"])
        "StringEquals events:detail-type" = tolist(["Runtime Alerts", "Sensor Heartbeat"])
      }
    ])
    error_message = "A sensor's role may say more than its own cluster's alerts and heartbeats."
  }
  assert {
    condition = { for condition in data.aws_iam_policy_document.sensor_trust["green"].statement[0].condition : condition.variable => one(condition.values) if condition.test == "StringEquals" } == {
      "oidc.example.com/id/GREEN:sub" = "system:serviceaccount:security:cattleguard-sensor"
      "oidc.example.com/id/GREEN:aud" = "sts.amazonaws.com"
    }
    error_message = "IRSA must trust the sensor's service account alone."
  }
  assert {
    condition = { for condition in data.aws_iam_policy_document.sensor_trust["blue"].statement[0].condition : condition.variable => one(condition.values) } == {
      "aws:SourceAccount"                         = "123456789012"
      "aws:SourceArn"                             = "arn:aws:eks:eu-central-1:123456789012:cluster/blue"
      "aws:RequestTag/kubernetes-namespace"       = "security"
      "aws:RequestTag/kubernetes-service-account" = "cattleguard-sensor"
    }
    error_message = "Pod Identity must be that of the cluster and of the sensor's service account."
  }
}

run "a_sensor_of_another_account_must_be_of_the_organisation" {
  variables {
    clusters = {
      amber = {
        sensor_role_arn = "arn:aws:iam::210987654321:role/cattleguard-sensor-amber"
        respond = {
          endpoint              = "https://amber.example.com"
          certificate_authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
          role_arn              = "arn:aws:iam::210987654321:role/cattleguard-respond-amber"
        }
      }
    }
    organisation_id = "o-a1b2c3d4e5"
  }
  assert {
    condition     = length(aws_iam_role.sensor) == 0 && length(aws_eks_access_entry.respond_kubernetes) == 0
    error_message = "Another account's Terraform makes those."
  }
  assert {
    condition = { for condition in data.aws_iam_policy_document.bus.statement[0].condition : condition.variable => sort(condition.values) } == {
      "events:source"      = tolist(["cattleguard.sensor.amber"])
      "events:detail-type" = tolist(["Runtime Alerts", "Sensor Heartbeat"])
      "aws:PrincipalOrgID" = tolist(["o-a1b2c3d4e5"])
    }
    error_message = "The bus lets another account say too much."
  }
  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.bus.statement : statement.effect == "Deny" if statement.sid != "TheSensorInAnotherAccountOfAmberMaySpeakForIt"])
    error_message = "The bus allows more than the sensors of other accounts."
  }
  assert {
    condition     = anytrue([for statement in data.aws_iam_policy_document.respond_kubernetes.statement : statement.resources == toset(["arn:aws:iam::210987654321:role/cattleguard-respond-amber"]) if statement.sid == "ReachClustersOfOtherAccounts"])
    error_message = "respond must be able to take the role, and no other."
  }
}

run "respond_alone_is_in_the_vpc" {
  variables {
    respond_vpc = { subnet_ids = ["subnet-0a1b2c3d"], security_group_ids = ["sg-0a1b2c3d"] }
  }
  assert {
    condition     = aws_lambda_function.respond_kubernetes.vpc_config[0].subnet_ids == toset(["subnet-0a1b2c3d"]) && length(aws_lambda_function.deduplicate.vpc_config) + length(aws_lambda_function.score.vpc_config) + length(aws_lambda_function.route.vpc_config) + length(aws_lambda_function.respond_aws.vpc_config) == 0
    error_message = "respond-kubernetes, and nothing else, belongs in the VPC."
  }
  assert {
    condition     = contains(data.aws_iam_policy_document.respond_kubernetes.statement[*].sid, "RunInTheVpc")
    error_message = "Lambda cannot attach respond to the VPC."
  }
  # Otherwise its code could delete an interface, in observe and without the tag.
  assert {
    condition = [
      for statement in data.aws_iam_policy_document.respond_kubernetes.statement :
      statement.actions == toset(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"])
      && statement.resources == toset(["*"])
      && { for condition in statement.condition : "${condition.test} ${condition.variable}" => sort(condition.values) } == {
        "ArnLike lambda:SourceFunctionArn" = tolist([
          "arn:aws:lambda:eu-central-1:123456789012:function:cattleguard-respond-kubernetes",
          "arn:aws:lambda:eu-central-1:123456789012:function:cattleguard-respond-kubernetes:*",
        ])
      }
      if statement.effect == "Deny"
    ] == [true]
    error_message = "What Lambda may do to its interfaces respond's code must not."
  }
}

run "the_boundary_bounds_every_role" {
  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }
  assert {
    condition = alltrue([
      for role in concat([aws_iam_role.deduplicate, aws_iam_role.score, aws_iam_role.route, aws_iam_role.respond_kubernetes, aws_iam_role.respond_aws, aws_iam_role.canary], values(aws_iam_role.sensor)) :
      role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    ])
    error_message = "A role is not bounded."
  }
}

run "your_key_encrypts_what_is_kept" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d"
  }
  assert {
    condition = alltrue(concat(
      [for queue in [aws_sqs_queue.deduplicate, aws_sqs_queue.deduplicate_failed, aws_sqs_queue.deduplicate_undelivered, aws_sqs_queue.respond_kubernetes, aws_sqs_queue.respond_kubernetes_failed, aws_sqs_queue.respond_aws, aws_sqs_queue.heartbeat_undelivered, aws_sqs_queue.canary_undelivered] : queue.kms_master_key_id == var.kms_key_arn],
      [for table in [aws_dynamodb_table.sightings, aws_dynamodb_table.histories, aws_dynamodb_table.conversations, aws_dynamodb_table.ledger] : table.server_side_encryption[0].kms_key_arn == var.kms_key_arn],
      [for group in [aws_cloudwatch_log_group.route, aws_cloudwatch_log_group.respond_kubernetes, aws_cloudwatch_log_group.respond_aws, aws_cloudwatch_log_group.heartbeat] : group.kms_key_id == var.kms_key_arn],
      [for function in [aws_lambda_function.deduplicate, aws_lambda_function.score, aws_lambda_function.route, aws_lambda_function.respond_kubernetes, aws_lambda_function.respond_aws] : function.kms_key_arn == var.kms_key_arn],
      [aws_cloudwatch_event_bus.this.kms_key_identifier == var.kms_key_arn],
    ))
    error_message = "Something is not encrypted with the key."
  }
  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.deduplicate, data.aws_iam_policy_document.score, data.aws_iam_policy_document.route, data.aws_iam_policy_document.respond_kubernetes, data.aws_iam_policy_document.respond_aws, data.aws_iam_policy_document.canary] :
      contains(flatten(document.statement[*].resources), var.kms_key_arn)
    ])
    error_message = "A role cannot use the key."
  }
}

run "secrets_reach_route_alone" {
  variables {
    route_settings = { CATTLEGUARD_SLACK_TOKEN = "a-token" }
  }
  assert {
    condition     = nonsensitive(aws_lambda_function.route.environment[0].variables.CATTLEGUARD_SLACK_TOKEN == "a-token")
    error_message = "route needs what routes.yaml names."
  }
  assert {
    condition     = !anytrue([for function in [aws_lambda_function.deduplicate, aws_lambda_function.score, aws_lambda_function.respond_kubernetes, aws_lambda_function.respond_aws] : contains(keys(function.environment[0].variables), "CATTLEGUARD_SLACK_TOKEN")])
    error_message = "A secret of route's has reached another function."
  }
}
