# Who may do what, with a mocked provider. tests/simulate.py evaluates the same policies as IAM does. A run that only changes
# variables is a plan, which is faster; it needs what the first run applied.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  clusters = {
    blue = {
      pod_identity = true
      respond      = { endpoint = "https://blue.example.com", certificate_authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" }
    }
  }
  ec2_actions      = ["quarantine-instance", "revoke-ingress", "deactivate-access-key", "revoke-role-sessions", "snapshot-instance", "block-bucket-public-access", "block-address"]
  response_buckets = ["reports-of-example"]
  block_lists      = ["arn:aws:wafv2:eu-central-1:123456789012:regional/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001", "arn:aws:ec2:eu-central-1:123456789012:prefix-list/pl-0123456789abcdef0"]
  quarantine_vpcs  = { main = "vpc-0a1b2c3d" }
  packages         = { deduplicate = "versions.tf", score = "versions.tf", route = "versions.tf", record = "versions.tf", operate = "versions.tf", answer = "versions.tf", learn = "versions.tf", respond-kubernetes = "versions.tf", respond-aws = "versions.tf" }
}

run "observe_has_no_destructive_statement" {
  assert {
    condition = length([
      for action in flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions) : action
      if can(regex("^(ec2|autoscaling|iam|s3|wafv2|cognito-idp|apprunner):", action)) && !can(regex(":(Describe|Get|List)", action))
    ]) == 0
    error_message = "In observe respond's role may change resources of the account."
  }
  assert {
    condition = {
      for step, document in { respond-kubernetes = data.aws_iam_policy_document.respond_kubernetes, respond-aws = data.aws_iam_policy_document.respond_aws } :
      step => toset([for action in flatten([document.statement[*].actions, local.road[step].common_statements.statement[*].actions]) : split(":", action)[0]])
      } == {
      respond-kubernetes = toset(["sqs", "dynamodb", "events", "logs"])
      respond-aws        = toset(["sqs", "dynamodb", "events", "logs", "ec2", "autoscaling", "iam", "s3", "wafv2", "cognito-idp", "apprunner"])
    }
    error_message = "In observe respond's role may use a service that it does not need."
  }
  assert {
    condition     = aws_eks_access_entry.respond_kubernetes["blue"].kubernetes_groups == toset(["cattleguard-observe"]) && output.kubernetes_group == "cattleguard-observe"
    error_message = "In observe respond's group in the cluster must be the one without rights to change."
  }
  assert {
    condition     = alltrue([for function in [module.respond_kubernetes, module.respond_aws] : function.function.environment[0].variables.RESPONSE_MODE == "observe"])
    error_message = "observe is the default."
  }
}

run "a_person_commands_in_no_other_name_and_nothing_else" {
  command = plan
  assert {
    condition = {
      for statement in data.aws_iam_policy_document.operator.statement : statement.sid => {
        actions    = sort(statement.actions)
        conditions = { for condition in statement.condition : "${condition.test} ${condition.variable}" => sort(condition.values) }
      }
      } == {
      CommandInOnesOwnName = {
        actions = tolist(["events:PutEvents"])
        conditions = {
          "StringEquals events:source"      = tolist(["cattleguard.operator.$${aws:userid}"])
          "StringEquals events:detail-type" = tolist(["Operator Command"])
        }
      }
      SeeWhatIsContainedAndWhatWaits = {
        actions    = tolist(["dynamodb:BatchGetItem", "dynamodb:GetItem"])
        conditions = {}
      }
      SeeWhatIsUsedOfBudgets = {
        actions    = tolist(["dynamodb:Query"])
        conditions = {}
      }
      SeeWhatSensorsReport = {
        actions    = tolist(["logs:FilterLogEvents"])
        conditions = {}
      }
    }
    error_message = "The policy of operators allows more or less than a command in one's own name and reading the ledger."
  }
  assert {
    condition = {
      for statement in data.aws_iam_policy_document.bus.statement : statement.sid =>
      { for condition in statement.condition : "${condition.test} ${condition.variable}" => sort(condition.values) }
      if contains(["DenyCommandsOfOthersThanOperators", "DenyCommandsInAnothersName", "DenyOtherEventsAsAnOperator"], statement.sid) && statement.effect == "Deny"
      } == {
      DenyCommandsOfOthersThanOperators = {
        "StringLike events:source" = tolist(["cattleguard.operator.*"])
      }
      DenyCommandsInAnothersName = {
        "StringLike events:source"      = tolist(["cattleguard.operator.*"])
        "StringNotEquals events:source" = tolist(["cattleguard.operator.$${aws:userid}"])
      }
      DenyOtherEventsAsAnOperator = {
        "StringLike events:source"           = tolist(["cattleguard.operator.*"])
        "StringNotEquals events:detail-type" = tolist(["Operator Command"])
      }
    }
    error_message = "An administrator of the account may command in another's name."
  }
  assert {
    condition     = !contains(flatten(values(local.publishers)[*].sources), "cattleguard.operator")
    error_message = "Only the function operate may say who commands, and there is none."
  }
}

run "operate_publishes_commands_and_reads_its_secret_and_nothing_else" {
  command = plan
  variables {
    slack = { signing_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-a1b2c3" }
  }
  assert {
    condition = {
      for statement in data.aws_iam_policy_document.operate[0].statement : statement.sid => {
        actions    = sort(statement.actions)
        conditions = { for condition in statement.condition : "${condition.test} ${condition.variable}" => sort(condition.values) }
      }
      } == {
      PublishCommandsAndQuestions = {
        actions = tolist(["events:PutEvents"])
        conditions = {
          "StringEquals events:source"      = tolist(["cattleguard.operator"])
          "StringEquals events:detail-type" = tolist(["Operator Command", "Question Asked"])
        }
      }
      ReadSlacksSigningSecret = {
        actions    = tolist(["secretsmanager:GetSecretValue"])
        conditions = {}
      }
      WriteItsLog = {
        actions    = tolist(["logs:CreateLogStream", "logs:PutLogEvents"])
        conditions = {}
      }
    }
    error_message = "operate may do more or less than publish commands and questions, read its secret and write its log."
  }
  assert {
    condition     = one([for statement in data.aws_iam_policy_document.operate[0].statement : statement.resources if statement.sid == "ReadSlacksSigningSecret"]) == toset(["arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-a1b2c3"])
    error_message = "operate may read another secret."
  }
  assert {
    condition     = one(local.publishers["cattleguard.operator"].sources) == "cattleguard.operator"
    error_message = "The bus must take cattleguard.operator from operate alone."
  }
  # The signing secret is in no variable: only where it is.
  assert {
    condition = aws_lambda_function.operate[0].environment[0].variables == tomap({
      BUS_NAME           = "cattleguard"
      POLICY_DIRECTORY   = "/opt/policy"
      SIGNING_SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-a1b2c3"
      SLACK_TEAMS        = ""
    })
    error_message = "operate"
  }
  assert {
    condition     = aws_lambda_permission.operate[0].principal == "apigateway.amazonaws.com" && aws_lambda_permission.operate[0].qualifier == "live" && aws_lambda_function.operate[0].reserved_concurrent_executions == 5 && aws_apigatewayv2_stage.operate[0].default_route_settings[0].throttling_rate_limit == 20
    error_message = "Only its API may call operate, within limits."
  }
  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "[\"Cattleguard\",\"forged\",\"FunctionName\",\"${aws_lambda_function.operate[0].function_name}\"")
    error_message = "The dashboard shows nothing of operate."
  }
  assert {
    condition     = length(distinct([for one in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${one.x} ${one.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets)
    error_message = "Two panels of the dashboard are in one place."
  }
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.operate)) == toset(["forged", "late", "refused", "unreadable", "failed", "errors", "throttles"])
    error_message = "Forged, late and refused commands, and failures, must raise an alarm."
  }
}

run "answer_reads_what_it_is_asked_for_and_nothing_else" {
  command = plan
  variables {
    slack = { signing_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-a1b2c3" }
  }
  assert {
    condition     = { for statement in data.aws_iam_policy_document.answer[0].statement : statement.sid => sort(statement.actions) } == { ReadIncidentsContainmentsAndSilences = tolist(["dynamodb:GetItem"]), ListIncidents = tolist(["dynamodb:Query"]) }
    error_message = "answer may do more or less than read."
  }
  assert {
    condition     = toset(flatten(module.answer[0].common_statements.statement[*].actions)) == toset(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"])
    error_message = "answer may publish events."
  }
  assert {
    condition = module.answer[0].function.environment[0].variables == tomap({
      INCIDENTS_TABLE  = "cattleguard-incidents"
      LEDGER_TABLE     = "cattleguard-ledger"
      SIGHTINGS_TABLE  = "cattleguard-sightings"
      POLICY_DIRECTORY = "/opt/policy"
    })
    error_message = "answer has another setting, or a secret."
  }
  assert {
    condition     = jsondecode(module.answer[0].rule.event_pattern) == jsondecode(file("../../events/patterns/answer.json")) && jsondecode(module.answer[0].rule.event_pattern).source == ["cattleguard.operator"]
    error_message = "Only questions that operate asks may reach answer."
  }
  assert {
    condition     = module.answer[0].mapping.scaling_config[0].maximum_concurrency == 2 && module.answer[0].function.timeout < module.answer[0].queue.visibility_timeout_seconds && module.answer[0].queue.visibility_timeout_seconds * 4 > 300 && length(module.answer[0].target.dead_letter_config) == 1
    error_message = "answer has another limit, or could give a question up before it is too old to be answered."
  }
  assert {
    condition     = length([for row in local.dashboard_rows : row if strcontains(jsonencode(row.metrics), "\"answer\"")]) > 0 && contains(keys(aws_cloudwatch_metric_alarm.books), "answer") && { for name, alarm in aws_cloudwatch_metric_alarm.counters : name => alarm.metric_name if startswith(name, "answer-") } == { answer-unreadable = "unreadable", answer-unanswered = "unanswered" }
    error_message = "The dashboard shows nothing of answer, or a question that is not answered raises no alarm."
  }
}

run "without_slack_nothing_of_operate_is_there" {
  command = plan
  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "operate: requests")
    error_message = "The dashboard has an empty panel."
  }
  assert {
    condition     = length(module.answer) + length(aws_lambda_function.operate) + length(aws_apigatewayv2_api.operate) + length(aws_apigatewayv2_route.operate) + length(aws_iam_role.operate) + length(aws_cloudwatch_metric_alarm.operate) + length([for name in keys(aws_cloudwatch_metric_alarm.counters) : name if startswith(name, "answer-")]) == 0 && output.slack_url == null
    error_message = "Without slack there must be no way in from the internet."
  }
}

run "only_operators_command" {
  command = plan
  variables {
    operators = ["arn:aws:iam::123456789012:role/on-call"]
  }
  assert {
    condition = [
      for statement in data.aws_iam_policy_document.bus.statement :
      { for condition in statement.condition : "${condition.test} ${condition.variable}" => sort(condition.values) }
      if statement.sid == "DenyCommandsOfOthersThanOperators" && statement.effect == "Deny"
      ] == [{
        "StringLike events:source"    = tolist(["cattleguard.operator.*"])
        "ArnNotLike aws:PrincipalArn" = tolist(["arn:aws:iam::123456789012:role/on-call"])
    }]
    error_message = "Someone else than the operators may command."
  }
}

run "enforce_may_do_what_was_asked_for" {
  command = plan
  variables {
    response_mode = "enforce"
  }
  assert {
    condition     = aws_eks_access_entry.respond_kubernetes["blue"].kubernetes_groups == toset(["cattleguard-respond"]) && aws_eks_access_entry.respond_kubernetes["blue"].type == "STANDARD"
    error_message = "In enforce respond's group in the cluster must be the one that may act."
  }
  # Both conditions in one statement: two statements would be an OR.
  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.respond_aws.statement :
      length(statement.condition) == 1
      && one(statement.condition).variable == "aws:ResourceTag/cattleguard:respond"
      && one(statement.condition).values == tolist(["allowed"])
      && alltrue([for resource in statement.resources : can(regex("^arn:aws:((ec2|autoscaling):eu-central-1|iam:):123456789012:", resource))])
      if contains(["SwapTheGroupsOfTaggedInterfaces", "PutInstancesOfTaggedGroupsIntoStandbyAndBack", "CloseARuleOfATaggedGroupAndOpenItAgain", "DeactivateAccessKeysOfTaggedUsersAndActivateThemAgain", "DenySessionsOfTaggedRolesAndAllowThemAgain"], statement.sid)
    ])
    error_message = "A destructive statement is not bound to the tag and to this account and region."
  }
  assert {
    condition     = length([for statement in data.aws_iam_policy_document.respond_aws.statement : statement if contains(["SwapTheGroupsOfTaggedInterfaces", "PutInstancesOfTaggedGroupsIntoStandbyAndBack", "CloseARuleOfATaggedGroupAndOpenItAgain", "DeactivateAccessKeysOfTaggedUsersAndActivateThemAgain", "DenySessionsOfTaggedRolesAndAllowThemAgain"], statement.sid)]) == 5
    error_message = "In enforce all five statements must be there."
  }
  assert {
    condition = {
      for statement in data.aws_iam_policy_document.respond_aws.statement : statement.sid => {
        resources  = sort(statement.resources)
        conditions = { for condition in statement.condition : "${condition.test} ${condition.variable}" => sort(condition.values) }
      } if contains(["PutInterfacesIntoTheQuarantineGroup", "GiveInterfacesTheirTaggedGroupsBack", "SwapTheGroupsOfInterfacesAddedByTheVpcCni"], statement.sid)
      } == {
      PutInterfacesIntoTheQuarantineGroup = {
        resources  = tolist([aws_security_group.quarantine["main"].arn])
        conditions = {}
      }
      GiveInterfacesTheirTaggedGroupsBack = {
        resources  = tolist(["arn:aws:ec2:eu-central-1:123456789012:security-group/*"])
        conditions = { "StringEquals aws:ResourceTag/cattleguard:respond" = tolist(["allowed", "restore"]) }
      }
      SwapTheGroupsOfInterfacesAddedByTheVpcCni = {
        resources = tolist(["arn:aws:ec2:eu-central-1:123456789012:network-interface/*"])
        conditions = {
          "ArnEquals ec2:Vpc"                                             = tolist(["arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-0a1b2c3d"])
          "StringLike aws:ResourceTag/node.k8s.amazonaws.com/instance_id" = tolist(["i-*"])
        }
      }
    }
    error_message = "An interface may get another group than the quarantine group and tagged ones, or an interface without tags may be changed."
  }
  assert {
    condition     = length(aws_security_group.quarantine["main"].ingress) == 0 && length(aws_security_group.quarantine["main"].egress) == 0
    error_message = "The quarantine group has a rule."
  }
}

# In observe the first run allows no service but those of the road.
run "evidence_may_be_stored_and_not_read_changed_or_deleted" {
  command = plan
  variables {
    response_mode = "enforce"
  }
  assert {
    condition = {
      for statement in data.aws_iam_policy_document.respond_kubernetes.statement :
      statement.sid => join(" ", concat(sort(statement.actions), sort(statement.resources), [for condition in statement.condition : "${condition.test} ${condition.variable} ${one(condition.values)}"]))
      if anytrue([for action in statement.actions : startswith(action, "s3:")])
      } == {
      StoreNewEvidence    = "s3:PutObject arn:aws:s3:::cattleguard-evidence-123456789012-eu-central-1/evidence/* Null s3:if-none-match false"
      FindTheLastManifest = "s3:ListBucket arn:aws:s3:::cattleguard-evidence-123456789012-eu-central-1 StringLike s3:prefix evidence/*/manifests/"
      ReadTheLastManifest = "s3:GetObject arn:aws:s3:::cattleguard-evidence-123456789012-eu-central-1/evidence/*/manifests/*"
    }
    error_message = "respond-kubernetes may do more in S3 than store new evidence, or it cannot continue a chain."
  }
}

run "evidence_goes_to_your_bucket" {
  command = plan
  variables {
    response_mode   = "enforce"
    evidence_bucket = "log-archive"
  }
  assert {
    condition     = length(aws_s3_bucket.evidence) + length(aws_s3_bucket_policy.evidence) + length(aws_s3_bucket_lifecycle_configuration.evidence) == 0 && module.respond_kubernetes.function.environment[0].variables.EVIDENCE_BUCKET == "log-archive" && output.evidence_bucket == "log-archive"
    error_message = "evidence_bucket must replace the module's bucket."
  }
  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.respond_kubernetes.statement : statement.resources if anytrue([for action in statement.actions : startswith(action, "s3:")])])) == toset([
      "arn:aws:s3:::log-archive", "arn:aws:s3:::log-archive/evidence/*", "arn:aws:s3:::log-archive/evidence/*/manifests/*"
    ])
    error_message = "respond-kubernetes may touch another bucket, or the rest of yours."
  }
}

run "an_action_that_was_not_asked_for_is_not_there" {
  command = plan
  variables {
    response_mode   = "enforce"
    ec2_actions     = ["revoke-ingress"]
    quarantine_vpcs = {}
  }
  assert {
    condition     = length([for action in flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions) : action if action == "ec2:ModifyNetworkInterfaceAttribute" || startswith(action, "autoscaling:")]) == 0 && contains(flatten(data.aws_iam_policy_document.respond_aws.statement[*].actions), "ec2:RevokeSecurityGroupIngress")
    error_message = "quarantine-instance was not asked for."
  }
}

run "the_tag_is_yours" {
  command = plan
  variables {
    response_mode = "enforce"
    response_tag  = { key = "team:containment", value = "yes" }
  }
  assert {
    condition     = contains(flatten([for statement in data.aws_iam_policy_document.respond_aws.statement : statement.condition[*].variable]), "aws:ResourceTag/team:containment") && !contains(flatten([for statement in data.aws_iam_policy_document.respond_aws.statement : statement.condition[*].variable]), "aws:ResourceTag/cattleguard:respond")
    error_message = "response_tag must reach the conditions."
  }
}

run "a_cluster_without_respond_only_sends_alerts" {
  command = plan
  variables {
    clusters = { blue = { pod_identity = true } }
  }
  assert {
    condition     = length(aws_eks_access_entry.respond_kubernetes) == 0 && local.clusters_json == "{}"
    error_message = "respond has the address of a cluster that it must not change."
  }
  assert {
    condition     = aws_eks_pod_identity_association.sensor["blue"].namespace == "cattleguard" && aws_eks_pod_identity_association.sensor["blue"].service_account == "cattleguard-sensor"
    error_message = "Pod Identity must name the chart's service account."
  }
}

run "a_sensor_speaks_for_its_own_cluster_alone" {
  command = plan
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
      length(document.statement) == (cluster == "blue" ? 2 : 1)
      && document.statement[0].actions == toset(["events:PutEvents"])
      && document.statement[0].resources == toset([aws_cloudwatch_event_bus.this.arn])
      && { for condition in document.statement[0].condition : "${condition.test} ${condition.variable}" => sort(condition.values) } == {
        "StringEquals events:source"      = tolist(["cattleguard.sensor.${cluster}"])
        "StringEquals events:detail-type" = tolist(["Runtime Alerts", "Sensor Heartbeat", "Workload Observed"])
      }
    ])
    error_message = "A sensor's role may publish more than its own cluster's alerts and heartbeats."
  }
  # tests/simulate.py evaluates these conditions.
  assert {
    condition = { for condition in data.aws_iam_policy_document.sensor["blue"].statement[1].condition : "${condition.test} ${condition.variable}" => join(", ", sort(condition.values)) } == {
      "StringEquals events:source"                     = "cattleguard.sensor.blue.$${aws:PrincipalTag/kubernetes-namespace}.$${aws:PrincipalTag/kubernetes-pod-uid}.$${aws:PrincipalTag/kubernetes-pod-name}"
      "StringEquals aws:PrincipalTag/eks-cluster-name" = "blue"
      "StringEquals events:detail-type"                = "Runtime Alerts, Workload Observed"
    }
    error_message = "A sensor may publish as another pod than its own."
  }
  assert {
    condition     = local.pod_clusters == toset(["blue"])
    error_message = "Only EKS Pod Identity names the sensor's pod."
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
  command = plan
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
    error_message = "The Terraform of the other account creates these."
  }
  assert {
    condition = { for condition in data.aws_iam_policy_document.bus.statement[0].condition : condition.variable => sort(condition.values) } == {
      "events:source"                     = tolist(["cattleguard.sensor.${local.tagged_cluster}", "cattleguard.sensor.${local.tagged_cluster}.${local.pod_source}"])
      "events:detail-type"                = tolist(["Runtime Alerts", "Sensor Heartbeat", "Workload Observed"])
      "aws:PrincipalOrgID"                = tolist(["o-a1b2c3d4e5"])
      "aws:PrincipalTag/eks-cluster-name" = tolist(["amber"])
      "aws:PrincipalArn"                  = tolist(["arn:aws:iam::210987654321:role/cattleguard-sensor-${local.tagged_cluster}"])
    }
    error_message = "The bus lets another account publish too much."
  }
  assert {
    condition     = !contains(keys(module.respond_kubernetes.function.environment[0].variables), "CLAIMED_NODES")
    error_message = "respond believes the node of an event although its sensor's pod is proven."
  }
  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.bus.statement : statement.effect == "Deny" if statement.sid != "AllowSensorsOf210987654321"])
    error_message = "The bus allows more than the sensors of other accounts."
  }
  assert {
    condition     = anytrue([for statement in data.aws_iam_policy_document.respond_kubernetes.statement : statement.resources == toset(["arn:aws:iam::210987654321:role/cattleguard-respond-amber"]) if statement.sid == "AssumeRolesInOtherAccounts"])
    error_message = "respond must be allowed to assume that role and no other."
  }
}

run "twenty_clusters_of_five_accounts_fit_into_the_policy_of_the_bus" {
  command = plan
  variables {
    clusters = {
      for number in range(20) : "warehouse-${number}" => {
        sensor_role_arn = "arn:aws:iam::${floor(number / 4) + 1}11111111111:role/cattleguard-sensor-warehouse-${number}"
      }
    }
    organisation_id = "o-a1b2c3d4e5"
    slack           = { signing_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-a1b2c3" }
    operators       = ["arn:aws:iam::123456789012:role/on-call"]
  }
  assert {
    condition = { for statement in data.aws_iam_policy_document.bus.statement : statement.sid => [for condition in statement.condition : sort(condition.values) if condition.variable == "aws:PrincipalTag/eks-cluster-name"][0] if statement.effect != "Deny" } == {
      for account in range(5) : "AllowSensorsOf${account + 1}11111111111" => sort([for number in range(4) : "warehouse-${4 * account + number}"])
    }
    error_message = "An account's sensors may speak for clusters of another account, or the accounts do not share statements."
  }
  assert {
    condition = { for statement in data.aws_iam_policy_document.bus.statement : statement.sid => flatten([for condition in statement.condition : tolist(condition.values) if condition.variable == "aws:PrincipalArn" && condition.test == "ArnEquals"]) if statement.effect != "Deny" } == {
      for account in range(5) : "AllowSensorsOf${account + 1}11111111111" => ["arn:aws:iam::${account + 1}11111111111:role/cattleguard-sensor-${local.tagged_cluster}"]
    }
    error_message = "A role may speak for another cluster of its account."
  }
  # As IAM writes it, with lists of one where a text would do. The mocked provider makes no JSON of a policy. The other statements
  # do not grow with the number of clusters, and name roles that a plan does not know.
  assert {
    condition = length(jsonencode({ Version = "2012-10-17", Statement = [
      for statement in data.aws_iam_policy_document.bus.statement : {
        Sid       = statement.sid
        Effect    = coalesce(statement.effect, "Allow")
        Action    = statement.actions
        Resource  = statement.resources
        Principal = { AWS = flatten([for principal in statement.principals : tolist(principal.identifiers)]) }
        Condition = { for test in distinct([for condition in statement.condition : condition.test]) : test => { for condition in statement.condition : condition.variable => condition.values if condition.test == test } }
      } if statement.effect != "Deny"
    ] })) < 6000
    error_message = "20 clusters in 5 accounts fill more than half of EventBridge's 10,240 bytes for the policy of a bus."
  }
}

run "roles_with_names_of_their_own_are_known_by_their_tag_alone" {
  command = plan
  variables {
    clusters = {
      amber  = { sensor_role_arn = "arn:aws:iam::210987654321:role/cattleguard-sensor-amber" }
      cobalt = { sensor_role_arn = "arn:aws:iam::210987654321:role/team/falco-of-cobalt" }
      umber  = { sensor_role_arn = "arn:aws:iam::123456654321:role/sensors" }
      ochre  = { sensor_role_arn = "arn:aws:iam::123456654321:role/sensors" }
    }
    organisation_id = "o-a1b2c3d4e5"
  }
  assert {
    condition     = length(local.bound_roles) == 0 && length(local.foreign_accounts) == 2
    error_message = "A role that does not end with the name of its cluster would be locked out."
  }
}

run "a_cluster_may_say_that_its_nodes_are_only_claimed" {
  command = plan
  variables {
    clusters = {
      amber = {
        sensor_role_arn = "arn:aws:iam::210987654321:role/cattleguard-sensor-amber"
        node_identity   = "claimed"
        respond = {
          endpoint              = "https://amber.example.com"
          certificate_authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
          role_arn              = "arn:aws:iam::210987654321:role/cattleguard-respond-amber"
        }
      }
      green = { oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/GREEN", node_identity = "claimed" }
    }
    organisation_id = "o-a1b2c3d4e5"
  }
  assert {
    condition     = module.respond_kubernetes.function.environment[0].variables.CLAIMED_NODES == "amber"
    error_message = "respond must know in which of its clusters an event may name any node."
  }
  assert {
    condition     = [for condition in data.aws_iam_policy_document.bus.statement[0].condition : tolist(condition.values) if condition.variable == "events:source"] == [tolist(["cattleguard.sensor.amber"])] && !contains(flatten([for condition in data.aws_iam_policy_document.bus.statement[0].condition : condition.variable]), "aws:PrincipalTag/eks-cluster-name")
    error_message = "A sensor without Pod Identity has no session tags, so it could not publish."
  }
}

run "respond_kubernetes_alone_is_in_the_vpc" {
  command = plan
  variables {
    respond_vpc = { subnet_ids = ["subnet-0a1b2c3d"], security_group_ids = ["sg-0a1b2c3d"] }
  }
  assert {
    condition     = module.respond_kubernetes.function.vpc_config[0].subnet_ids == toset(["subnet-0a1b2c3d"]) && alltrue([for step, function in local.road : length(function.function.vpc_config) == 0 if step != "respond-kubernetes"])
    error_message = "respond-kubernetes, and no other function, must be in the VPC."
  }
  assert {
    condition     = contains(data.aws_iam_policy_document.respond_kubernetes.statement[*].sid, "RunInTheVpc")
    error_message = "Lambda cannot attach respond to the VPC."
  }
  # Without the denial its code could delete an interface, even in observe mode and without the tag.
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
    error_message = "respond's code must not be allowed what Lambda may do to its interfaces."
  }
}

run "the_boundary_bounds_every_role" {
  command = plan
  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }
  assert {
    condition = alltrue([
      for role in concat(values(local.road)[*].role, [aws_iam_role.canary], values(aws_iam_role.sensor)) :
      role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    ])
    error_message = "A role lacks the permissions boundary."
  }
}

run "your_key_encrypts_what_is_kept" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d"
  }
  assert {
    condition = alltrue(concat(
      [for queue in flatten([for step in values(local.road) : [step.queue, step.failed, step.undelivered]]) : queue.kms_master_key_id == var.kms_key_arn],
      [for queue in [aws_sqs_queue.heartbeat_undelivered, aws_sqs_queue.canary_undelivered] : queue.kms_master_key_id == var.kms_key_arn],
      [for table in concat(values(aws_dynamodb_table.this), [aws_dynamodb_table.incidents]) : table.server_side_encryption[0].kms_key_arn == var.kms_key_arn],
      [for group in concat(values(local.road)[*].log_group, [aws_cloudwatch_log_group.heartbeat]) : group.kms_key_id == var.kms_key_arn],
      [for function in values(local.road)[*].function : function.kms_key_arn == var.kms_key_arn],
      [aws_cloudwatch_event_bus.this.kms_key_identifier == var.kms_key_arn],
      [for rule in aws_s3_bucket_server_side_encryption_configuration.evidence["own"].rule : one(rule.apply_server_side_encryption_by_default).sse_algorithm == "aws:kms" && one(rule.apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn],
    ))
    error_message = "A resource is not encrypted with kms_key_arn."
  }
  # The key itself is what fails, so this queue has another one.
  assert {
    condition     = aws_cloudwatch_event_bus.this.dead_letter_config[0].arn == aws_sqs_queue.bus_undelivered[0].arn && aws_sqs_queue.bus_undelivered[0].kms_master_key_id == null && aws_sqs_queue.bus_undelivered[0].sqs_managed_sse_enabled
    error_message = "EventBridge drops an event that it cannot encrypt, or cannot put it into the dead-letter queue."
  }
  assert {
    condition = [for condition in data.aws_iam_policy_document.bus_undelivered[0].statement[0].condition : "${condition.test} ${condition.variable} ${one(condition.values)}"] == [
      "ArnEquals aws:SourceArn ${aws_cloudwatch_event_bus.this.arn}"
    ]
    error_message = "The dead-letter queue of the bus takes messages of others."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters["bus-undelivered"].dimensions == tomap({ QueueName = "cattleguard-bus-undelivered" })
    error_message = "No alarm fires for events that could not be encrypted."
  }
  assert {
    condition = alltrue([
      for document in concat(values(local.road)[*].common_statements, [data.aws_iam_policy_document.canary]) :
      contains(flatten(document.statement[*].resources), var.kms_key_arn)
    ])
    error_message = "A role cannot use the key."
  }
}

run "what_routes_yaml_names_reaches_route_only" {
  command = plan
  variables {
    route_settings = { CATTLEGUARD_SLACK_CHANNEL = "C0123456789" }
  }
  assert {
    condition     = nonsensitive(module.route.function.environment[0].variables.CATTLEGUARD_SLACK_CHANNEL == "C0123456789")
    error_message = "route needs what routes.yaml names."
  }
  assert {
    condition     = !anytrue([for step, function in local.road : contains(keys(function.function.environment[0].variables), "CATTLEGUARD_SLACK_CHANNEL") if step != "route"])
    error_message = "A setting of route reached another function."
  }
}

run "a_secret_is_refused_where_the_state_would_contain_it" {
  command = plan
  variables {
    route_settings = { CATTLEGUARD_SLACK_TOKEN = "a-token" }
  }
  expect_failures = [var.route_settings]
}

run "secrets_by_arn_are_in_no_state_and_only_route_reads_them" {
  command = plan
  variables {
    route_settings = { CATTLEGUARD_SLACK_CHANNEL = "C0000000000" }
    route_secret_arns = {
      CATTLEGUARD_SLACK_TOKEN   = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-AbCdEf:token::"
      CATTLEGUARD_PAGERDUTY_KEY = "arn:aws:ssm:eu-central-1:123456789012:parameter/pagerduty/key"
    }
  }
  assert {
    condition     = nonsensitive(module.route.function.environment[0].variables.CATTLEGUARD_SLACK_TOKEN_SECRET_ARN) == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-AbCdEf:token::" && !contains(nonsensitive(keys(module.route.function.environment[0].variables)), "CATTLEGUARD_SLACK_TOKEN")
    error_message = "route gets the ARN, and no value."
  }
  assert {
    condition = { for one in data.aws_iam_policy_document.route.statement : one.sid => one.resources if startswith(one.sid, "Read") && endswith(one.sid, "OfDestinations") } == {
      ReadSecretsOfDestinations    = toset(["arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-AbCdEf"])
      ReadParametersOfDestinations = toset(["arn:aws:ssm:eu-central-1:123456789012:parameter/pagerduty/key"])
    }
    error_message = "route must read exactly the named secrets."
  }
}

run "route_writes_to_the_named_destinations_only" {
  command = plan
  variables {
    route_destinations = {
      bucket_arns  = ["arn:aws:s3:::lake/cattleguard"]
      topic_arns   = ["arn:aws:sns:eu-central-1:123456789012:alerts"]
      security_hub = true
      kms_key_arns = ["arn:aws:kms:eu-central-1:123456789012:key/1"]
    }
  }
  assert {
    condition = { for one in data.aws_iam_policy_document.route.statement : one.sid => one.resources if one.sid != "ReadAndUpdateConversations" } == {
      WriteFindingsToBuckets           = toset(["arn:aws:s3:::lake/cattleguard/*"])
      PublishToTopics                  = toset(["arn:aws:sns:eu-central-1:123456789012:alerts"])
      ImportFindings                   = toset(["arn:${local.partition}:securityhub:${local.region}:${local.account}:product/${local.account}/default"])
      UseKeysOfSecretsBucketsAndTopics = toset(["arn:aws:kms:eu-central-1:123456789012:key/1"])
    }
    error_message = "route may write to something that routes.yaml does not name."
  }
}

run "without_destinations_in_aws_route_has_its_table_only" {
  command = plan
  assert {
    condition     = toset(data.aws_iam_policy_document.route.statement[*].sid) == toset(["ReadAndUpdateConversations"])
    error_message = "route may do more than it needs."
  }
}
