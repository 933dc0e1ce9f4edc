# Wrong values are refused during plan.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  clusters = { blue = { pod_identity = true } }
  packages = { deduplicate = "versions.tf", score = "versions.tf", route = "versions.tf", respond-kubernetes = "versions.tf", respond-aws = "versions.tf" }
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

run "refuses_an_organisation_that_is_none" {
  command = plan
  variables {
    organisation_id = "*"
  }
  expect_failures = [var.organisation_id]
}

run "refuses_a_name_that_iam_cannot_carry" {
  command = plan
  variables {
    name = "a-name-that-is-far-too-long-for-a-role"
  }
  expect_failures = [var.name]
}

run "refuses_a_mode_that_nobody_knows" {
  command = plan
  variables {
    response_mode = "enforced"
  }
  expect_failures = [var.response_mode]
}

run "refuses_an_action_that_nobody_knows" {
  command = plan
  variables {
    ec2_actions = ["terminate-instance"]
  }
  expect_failures = [var.ec2_actions]
}

run "refuses_a_tag_that_matches_anything" {
  command = plan
  variables {
    response_tag = { key = "cattleguard:respond", value = "*" }
  }
  expect_failures = [var.response_tag]
}

run "refuses_a_tag_without_a_value" {
  command = plan
  variables {
    response_tag = { key = "cattleguard:respond", value = "" }
  }
  expect_failures = [var.response_tag]
}

run "refuses_a_tag_with_a_policy_variable" {
  command = plan
  variables {
    response_tag = { key = "team", value = "$${aws:PrincipalTag/team}" }
  }
  expect_failures = [var.response_tag]
}

run "refuses_a_quarantine_without_a_place" {
  command = plan
  variables {
    ec2_actions = ["quarantine-instance"]
  }
  expect_failures = [var.quarantine_vpcs]
}

run "refuses_a_vpc_that_is_none" {
  command = plan
  variables {
    quarantine_vpcs = { main = "subnet-0a1b2c3d" }
  }
  expect_failures = [var.quarantine_vpcs]
}

run "refuses_a_vpc_without_subnets" {
  command = plan
  variables {
    respond_vpc = { subnet_ids = [], security_group_ids = ["sg-1"] }
  }
  expect_failures = [var.respond_vpc]
}

run "refuses_a_service_account_with_a_wildcard" {
  command = plan
  variables {
    sensor_service_account = { name = "*" }
  }
  expect_failures = [var.sensor_service_account]
}

run "refuses_findings_that_nobody_knows" {
  command = plan
  variables {
    findings = ["inspector"]
  }
  expect_failures = [var.findings]
}

run "refuses_a_policy_directory_that_is_empty" {
  command = plan
  variables {
    policy_directory = "no-such-directory"
  }
  expect_failures = [var.policy_directory]
}

run "refuses_a_setting_that_would_change_java" {
  command = plan
  variables {
    route_settings = { JAVA_TOOL_OPTIONS = "-Dx" }
  }
  expect_failures = [var.route_settings]
}

run "refuses_a_runtime_of_long_ago" {
  command = plan
  variables {
    runtime = "java11"
  }
  expect_failures = [var.runtime]
}

run "refuses_an_architecture_that_nobody_knows" {
  command = plan
  variables {
    architecture = "arm"
  }
  expect_failures = [var.architecture]
}

run "refuses_memory_in_which_java_starts_too_slowly" {
  command = plan
  variables {
    memory_megabytes = { score = 128 }
  }
  expect_failures = [var.memory_megabytes]
}

run "refuses_a_concurrency_that_lambda_refuses" {
  command = plan
  variables {
    maximum_concurrency = { route = 1 }
  }
  expect_failures = [var.maximum_concurrency]
}

run "refuses_a_responder_without_a_brake" {
  command = plan
  variables {
    maximum_concurrency = { respond = 100 }
  }
  expect_failures = [var.maximum_concurrency]
}

run "refuses_logs_for_ever" {
  command = plan
  variables {
    log_retention_days = 0
  }
  expect_failures = [var.log_retention_days]
}

run "refuses_an_archive_of_no_time" {
  command = plan
  variables {
    archive_retention_days = 0
  }
  expect_failures = [var.archive_retention_days]
}

run "refuses_a_topic_that_is_none" {
  command = plan
  variables {
    alarm_topic_arns = ["security@example.com"]
  }
  expect_failures = [var.alarm_topic_arns]
}

run "refuses_a_canary_too_often" {
  command = plan
  variables {
    canary_minutes = 1
  }
  expect_failures = [var.canary_minutes]
}

run "refuses_a_key_by_its_alias" {
  command = plan
  variables {
    kms_key_arn = "alias/cattleguard"
  }
  expect_failures = [var.kms_key_arn]
}

run "refuses_a_boundary_that_is_none" {
  command = plan
  variables {
    permissions_boundary_arn = "boundary"
  }
  expect_failures = [var.permissions_boundary_arn]
}
