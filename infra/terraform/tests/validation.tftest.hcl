# Wrong values are refused during plan. Each variable in a run must fail by itself: runs take seconds, so each has one wrong
# value per variable.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  clusters = { blue = { pod_identity = true } }
  packages = { deduplicate = "versions.tf", score = "versions.tf", route = "versions.tf", record = "versions.tf", operate = "versions.tf", answer = "versions.tf", learn = "versions.tf", respond-kubernetes = "versions.tf", respond-aws = "versions.tf" }
}

run "refuses_a_cluster_with_a_wildcard" {
  command = plan
  variables {
    clusters = { "*" = { pod_identity = true } }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_cluster_with_a_dot" {
  command = plan
  variables {
    clusters = { "a.b" = { pod_identity = true } }
  }
  expect_failures = [var.clusters]
}

run "refuses_to_act_on_irsa_without_the_word_claimed" {
  command = plan
  variables {
    clusters = { blue = {
      oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/BLUE"
      respond           = { endpoint = "https://blue.example.com", certificate_authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" }
    } }
  }
  expect_failures = [var.clusters]
}

run "refuses_an_unknown_node_identity" {
  command = plan
  variables {
    clusters = { blue = { pod_identity = true, node_identity = "node" } }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_cluster_named_canary" {
  command = plan
  variables {
    clusters = { canary = { pod_identity = true } }
  }
  expect_failures = [var.clusters]
}

run "refuses_clusters_that_differ_by_a_hyphen" {
  command = plan
  variables {
    clusters = { "prod-eu" = { pod_identity = true }, prod_eu = { pod_identity = true } }
  }
  expect_failures = [var.clusters]
}

run "refuses_clusters_that_differ_by_case" {
  command = plan
  variables {
    clusters = { blue = { pod_identity = true }, Blue = { pod_identity = true } }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_certificate_authority_that_is_none" {
  command = plan
  variables {
    clusters = { blue = { pod_identity = true, respond = { endpoint = "https://blue.example.com", certificate_authority = "bm9uZQ==" } } }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_cluster_whose_sensor_has_no_way_in" {
  command = plan
  variables {
    clusters = { blue = {} }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_cluster_in_two_accounts" {
  command = plan
  variables {
    clusters        = { blue = { pod_identity = true, sensor_role_arn = "arn:aws:iam::210987654321:role/sensor" } }
    organisation_id = "o-a1b2c3d4e5"
  }
  expect_failures = [var.clusters]
}

run "refuses_a_provider_that_is_none" {
  command = plan
  variables {
    clusters = { blue = { oidc_provider_arn = "https://oidc.example.com/id/BLUE" } }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_role_with_a_wildcard" {
  command = plan
  variables {
    clusters        = { blue = { sensor_role_arn = "arn:aws:iam::210987654321:role/*" } }
    organisation_id = "o-a1b2c3d4e5"
  }
  expect_failures = [var.clusters]
}

run "refuses_an_api_server_without_tls" {
  command = plan
  variables {
    clusters = { blue = { pod_identity = true, respond = { endpoint = "http://blue.example.com", certificate_authority = "Y2E=" } } }
  }
  expect_failures = [var.clusters]
}

run "refuses_a_certificate_that_is_not_base64" {
  command = plan
  variables {
    clusters = { blue = { pod_identity = true, respond = { endpoint = "https://blue.example.com", certificate_authority = "-----BEGIN" } } }
  }
  expect_failures = [var.clusters]
}

run "refuses_another_account_without_the_organisation" {
  command = plan
  variables {
    clusters = { blue = { sensor_role_arn = "arn:aws:iam::210987654321:role/sensor" } }
  }
  expect_failures = [var.organisation_id]
}

run "refuses_a_role_of_this_account_as_one_of_another" {
  command = plan
  variables {
    clusters        = { blue = { sensor_role_arn = "arn:aws:iam::123456789012:role/sensor" } }
    organisation_id = "o-a1b2c3d4e5"
  }
  expect_failures = [aws_cloudwatch_event_bus_policy.this]
}

run "refuses_unknown_values_and_values_that_match_anything" {
  command = plan
  variables {
    name                     = "a-name-that-is-far-too-long-for-a-role"
    organisation_id          = "*"
    response_mode            = "enforced"
    response_tag             = { key = "cattleguard:respond", value = "*" }
    quarantine_vpcs          = { main = "subnet-0a1b2c3d" }
    respond_vpc              = { subnet_ids = [], security_group_ids = ["sg-1"] }
    sensor_service_account   = { name = "*" }
    findings                 = ["inspector"]
    policy_directory         = "no-such-directory"
    route_settings           = { JAVA_TOOL_OPTIONS = "-Dx" }
    route_secret_arns        = { CATTLEGUARD_SLACK_TOKEN = "a-token-that-was-pasted" }
    route_destinations       = { bucket_arns = ["arn:aws:s3:::lake/*"] }
    runtime                  = "java11"
    architecture             = "arm"
    memory_megabytes         = { score = 128 }
    maximum_concurrency      = { route = 1 }
    log_retention_days       = 0
    archive_retention_days   = 0
    alarm_topic_arns         = ["security@example.com"]
    canary_minutes           = 1
    kms_key_arn              = "alias/cattleguard"
    permissions_boundary_arn = "boundary"
  }
  expect_failures = [
    var.name,
    var.organisation_id,
    var.response_mode,
    var.response_tag,
    var.quarantine_vpcs,
    var.respond_vpc,
    var.sensor_service_account,
    var.findings,
    var.policy_directory,
    var.route_settings,
    var.route_secret_arns,
    var.route_destinations,
    var.runtime,
    var.architecture,
    var.memory_megabytes,
    var.maximum_concurrency,
    var.log_retention_days,
    var.archive_retention_days,
    var.alarm_topic_arns,
    var.canary_minutes,
    var.kms_key_arn,
    var.permissions_boundary_arn,
  ]
}

run "refuses_a_tag_without_a_value_and_a_responder_without_a_brake" {
  command = plan
  variables {
    response_tag        = { key = "cattleguard:respond", value = "" }
    maximum_concurrency = { respond = 100 }
    ec2_actions         = ["quarantine-instance"]
  }
  expect_failures = [
    var.response_tag,
    var.maximum_concurrency,
    var.quarantine_vpcs,
  ]
}

run "refuses_a_tag_with_a_policy_variable_and_an_unknown_action" {
  command = plan
  variables {
    response_tag         = { key = "team", value = "$${aws:PrincipalTag/team}" }
    ec2_actions          = ["terminate-instance"]
    protected_principals = ["arn:aws:iam::111122223333:role/break-glass"]
  }
  expect_failures = [var.response_tag, var.ec2_actions, var.protected_principals]
}

run "refuses_another_secret_than_one_and_a_name_of_a_workspace" {
  command = plan
  variables {
    slack = { signing_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:*", team_ids = ["example"], secret_kms_key_arn = "alias/slack" }
  }
  expect_failures = [var.slack]
}

run "refuses_everyone_as_an_operator" {
  command = plan
  variables {
    operators = ["arn:aws:iam::123456789012:role/*"]
  }
  expect_failures = [var.operators]
}

run "refuses_a_block_list_of_another_region" {
  command = plan
  variables {
    block_lists = ["arn:aws:wafv2:us-east-1:123456789012:regional/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001"]
  }
  expect_failures = [var.block_lists]
}

run "refuses_a_block_list_of_another_account" {
  command = plan
  variables {
    block_lists = ["arn:aws:ec2:eu-central-1:111122223333:prefix-list/pl-0123456789abcdef0"]
  }
  expect_failures = [var.block_lists]
}

run "refuses_a_block_list_of_cloudfront" {
  command = plan
  variables {
    block_lists = ["arn:aws:wafv2:eu-central-1:123456789012:global/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001"]
  }
  expect_failures = [var.block_lists]
}

run "takes_block_lists_of_its_own_account_and_region" {
  command = plan
  variables {
    block_lists = ["arn:aws:wafv2:eu-central-1:123456789012:regional/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001", "arn:aws:ec2:eu-central-1:123456789012:prefix-list/pl-0123456789abcdef0"]
  }
  assert {
    condition     = length(local.listed["ipset"]) == 1 && length(local.listed["prefix-list"]) == 1
    error_message = "Lists of the stack's own account and region must be accepted."
  }
}
