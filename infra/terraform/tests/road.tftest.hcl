# What the module makes, with a mocked provider. Any file will do for a zip: nothing is uploaded.

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
  clusters = { blue = { pod_identity = true } }
  findings = ["guardduty", "security-hub"]
  packages = { deduplicate = "versions.tf", score = "versions.tf", route = "versions.tf", respond-kubernetes = "versions.tf", respond-aws = "versions.tf" }
}

run "patterns_are_the_files" {
  assert {
    condition = alltrue([
      for step, rule in {
        deduplicate              = aws_cloudwatch_event_rule.deduplicate
        score                    = aws_cloudwatch_event_rule.score
        route                    = aws_cloudwatch_event_rule.route
        respond-kubernetes       = aws_cloudwatch_event_rule.respond_kubernetes
        respond-aws              = aws_cloudwatch_event_rule.respond_aws
        heartbeat                = aws_cloudwatch_event_rule.heartbeat
        deduplicate-guardduty    = aws_cloudwatch_event_rule.findings["guardduty"]
        deduplicate-security-hub = aws_cloudwatch_event_rule.findings["security-hub"]
      } : jsondecode(rule.event_pattern) == jsondecode(file("../../events/patterns/${step}.json"))
    ])
    error_message = "A rule's pattern is not its file in events/patterns."
  }
  assert {
    condition     = length(fileset(local.patterns, "*.json")) == 8
    error_message = "events/patterns has another number of patterns than there are rules here: which rule is missing?"
  }
  assert {
    condition     = alltrue([for rule in [aws_cloudwatch_event_rule.respond_kubernetes, aws_cloudwatch_event_rule.respond_aws] : jsondecode(rule.event_pattern)["replay-name"] == [{ exists = false }]])
    error_message = "Replayed events must not reach respond."
  }
}

run "every_target_keeps_what_it_cannot_deliver" {
  assert {
    condition = alltrue([
      for target in concat(
        [aws_cloudwatch_event_target.deduplicate, aws_cloudwatch_event_target.score, aws_cloudwatch_event_target.route, aws_cloudwatch_event_target.respond_kubernetes, aws_cloudwatch_event_target.respond_aws, aws_cloudwatch_event_target.heartbeat],
        values(aws_cloudwatch_event_target.findings),
      ) : length(target.dead_letter_config) == 1 && target.dead_letter_config[0].arn != ""
    ])
    error_message = "A target has no dead-letter queue: EventBridge would drop what it cannot deliver."
  }
  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.deduplicate, aws_sqs_queue.score, aws_sqs_queue.route, aws_sqs_queue.respond_kubernetes, aws_sqs_queue.respond_aws] :
      jsondecode(queue.redrive_policy).maxReceiveCount >= 5 && jsondecode(queue.redrive_policy).deadLetterTargetArn != ""
    ])
    error_message = "A queue has no dead-letter queue, or gives up too soon."
  }
  assert {
    condition     = length(aws_scheduler_schedule.canary.target[0].dead_letter_config) == 1
    error_message = "The canary has no dead-letter queue."
  }
}

run "a_message_is_not_seen_by_two_at_once" {
  assert {
    condition = alltrue([
      for step in [
        [aws_sqs_queue.deduplicate, aws_lambda_function.deduplicate],
        [aws_sqs_queue.score, aws_lambda_function.score],
        [aws_sqs_queue.route, aws_lambda_function.route],
        [aws_sqs_queue.respond_kubernetes, aws_lambda_function.respond_kubernetes],
        [aws_sqs_queue.respond_aws, aws_lambda_function.respond_aws],
      ] : step[0].visibility_timeout_seconds > step[1].timeout
    ])
    error_message = "A queue shows a message again before the function that has it is out of time."
  }
  assert {
    condition     = aws_sqs_queue.respond_kubernetes.visibility_timeout_seconds >= 120 && 4 * aws_sqs_queue.respond_kubernetes.visibility_timeout_seconds <= 600
    error_message = "respond is tried again after its claim (2 minutes) has run out, and often enough within the freshness of 10 minutes."
  }
}

run "mappings_report_single_failures_and_have_a_brake" {
  assert {
    condition = alltrue([
      for mapping in [aws_lambda_event_source_mapping.deduplicate, aws_lambda_event_source_mapping.score, aws_lambda_event_source_mapping.route, aws_lambda_event_source_mapping.respond_kubernetes, aws_lambda_event_source_mapping.respond_aws] :
      mapping.function_response_types == toset(["ReportBatchItemFailures"]) && endswith(mapping.function_name, ":live") && length(mapping.filter_criteria) == 0
    ])
    error_message = "A mapping must call the alias, report single failures and filter nothing: what a filter refuses is deleted."
  }
  assert {
    condition = [
      for mapping in [aws_lambda_event_source_mapping.deduplicate, aws_lambda_event_source_mapping.score, aws_lambda_event_source_mapping.route, aws_lambda_event_source_mapping.respond_kubernetes, aws_lambda_event_source_mapping.respond_aws] :
      mapping.scaling_config[0].maximum_concurrency
    ] == [20, 10, 2, 5, 5]
    error_message = "A mapping has another maximum concurrency than the variable."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.respond_kubernetes.batch_size == 1
    error_message = "respond takes one alert at a time: an isolation must not wait for another's verification."
  }
}

run "functions_are_java_21_on_arm_with_snapshots_of_published_versions" {
  assert {
    condition = alltrue([
      for function in [aws_lambda_function.deduplicate, aws_lambda_function.score, aws_lambda_function.route, aws_lambda_function.respond_kubernetes, aws_lambda_function.respond_aws] :
      function.runtime == "java21" && function.architectures == tolist(["arm64"]) && function.publish && function.snap_start[0].apply_on == "PublishedVersions" && length(function.vpc_config) == 0
    ])
    error_message = "A function is not as it should be."
  }
  assert {
    condition = alltrue([
      for alias in [aws_lambda_alias.deduplicate, aws_lambda_alias.score, aws_lambda_alias.route, aws_lambda_alias.respond_kubernetes, aws_lambda_alias.respond_aws] :
      alias.name == "live" && alias.function_version == "7"
    ])
    error_message = "An alias does not point at the published version."
  }
}

run "functions_are_told_what_their_handlers_ask_for" {
  assert {
    condition     = toset(keys(aws_lambda_function.deduplicate.environment[0].variables)) == toset(["SIGHTINGS_TABLE", "BUS_NAME", "POLICY_DIRECTORY"])
    error_message = "deduplicate"
  }
  assert {
    condition     = toset(keys(aws_lambda_function.score.environment[0].variables)) == toset(["HISTORIES_TABLE", "BUS_NAME", "POLICY_DIRECTORY"])
    error_message = "score"
  }
  assert {
    condition     = toset(keys(aws_lambda_function.route.environment[0].variables)) == toset(["CONVERSATIONS_TABLE", "POLICY_DIRECTORY"])
    error_message = "route"
  }
  assert {
    condition = alltrue([
      for step, handler in {
        deduplicate = aws_lambda_function.deduplicate.handler
        score       = aws_lambda_function.score.handler
        route       = aws_lambda_function.route.handler
      } : handler == "io.cattleguard.${step}.${title(step)}Handler"
    ])
    error_message = "A handler has another name than its class."
  }
  assert {
    condition     = aws_lambda_function.respond_kubernetes.handler == "io.cattleguard.respond.kubernetes.KubernetesHandler" && aws_lambda_function.respond_aws.handler == "io.cattleguard.respond.aws.AwsHandler"
    error_message = "A responder's handler has another name than its class."
  }
}

run "architecture_memory_concurrency_and_retention_are_yours" {
  variables {
    architecture        = "x86_64"
    memory_megabytes    = { respond = 3008 }
    maximum_concurrency = { respond = 3 }
    log_retention_days  = 365
  }
  assert {
    condition     = aws_lambda_function.respond_kubernetes.architectures == tolist(["x86_64"]) && aws_lambda_function.respond_kubernetes.memory_size == 3008 && aws_lambda_function.score.memory_size == 1024
    error_message = "architecture and memory_megabytes must reach the functions."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.respond_kubernetes.scaling_config[0].maximum_concurrency == 3
    error_message = "maximum_concurrency must reach the mapping."
  }
  assert {
    condition = alltrue([
      for group in [aws_cloudwatch_log_group.deduplicate, aws_cloudwatch_log_group.score, aws_cloudwatch_log_group.route, aws_cloudwatch_log_group.respond_kubernetes, aws_cloudwatch_log_group.respond_aws, aws_cloudwatch_log_group.heartbeat] :
      group.retention_in_days == 365
    ])
    error_message = "A log group keeps its logs for another time."
  }
}

run "tables_expire_recover_and_are_protected" {
  assert {
    condition = alltrue([
      for table in [aws_dynamodb_table.sightings, aws_dynamodb_table.histories, aws_dynamodb_table.conversations, aws_dynamodb_table.ledger] :
      table.hash_key == "pk" && table.ttl[0].attribute_name == "expiresAt" && table.ttl[0].enabled && table.point_in_time_recovery[0].enabled && table.server_side_encryption[0].enabled && table.deletion_protection_enabled && table.billing_mode == "PAY_PER_REQUEST"
    ])
    error_message = "A table is not as it should be."
  }
}

run "the_archive_keeps_for_as_long_as_asked" {
  variables {
    archive_retention_days = 90
  }
  assert {
    condition     = aws_cloudwatch_event_archive.this.retention_days == 90
    error_message = "archive_retention_days must reach the archive."
  }
}

run "the_policy_is_a_layer_of_every_function" {
  assert {
    condition = alltrue([
      for function in [aws_lambda_function.deduplicate, aws_lambda_function.score, aws_lambda_function.route, aws_lambda_function.respond_kubernetes, aws_lambda_function.respond_aws] :
      contains(function.layers, aws_lambda_layer_version.policy.arn) && function.environment[0].variables.POLICY_DIRECTORY == "/opt/policy"
    ])
    error_message = "A function lacks the policy."
  }
  assert {
    condition     = contains(local.policy_files, "scoring.yaml") && contains(local.policy_files, "playbooks/reverse-shell.yaml")
    error_message = "The layer does not hold the policy."
  }
}

run "alarms_speak_to_the_topics" {
  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-central-1:123456789012:security"]
  }
  assert {
    condition = alltrue([
      for alarm in concat(
        values(aws_cloudwatch_metric_alarm.dead_letters), values(aws_cloudwatch_metric_alarm.oldest_message), values(aws_cloudwatch_metric_alarm.throttles),
        values(aws_cloudwatch_metric_alarm.errors), values(aws_cloudwatch_metric_alarm.books), values(aws_cloudwatch_metric_alarm.heartbeat),
        [aws_cloudwatch_metric_alarm.canary, aws_cloudwatch_metric_alarm.scored_without_past, aws_cloudwatch_metric_alarm.rejected],
      ) : alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:security"]) && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "An alarm that nobody hears."
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead_letters) == 12
    error_message = "Each step has two queues for what failed, heartbeat and canary one."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.heartbeat["blue"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.canary.treat_missing_data == "breaching"
    error_message = "Silence must be an alarm."
  }
  assert {
    condition     = anytrue([for query in aws_cloudwatch_metric_alarm.books["deduplicate"].metric_query : query.expression == "ABS(received - (opened + spread + merged + suppressed + ignored + unreadable))"])
    error_message = "deduplicate's books are not those of DESIGN's promise 2."
  }
}

run "the_canary_is_as_frequent_as_asked" {
  variables {
    canary_minutes = 5
  }
  assert {
    condition     = aws_scheduler_schedule.canary.schedule_expression == "rate(5 minutes)" && aws_cloudwatch_metric_alarm.canary.period == 300
    error_message = "canary_minutes must reach the schedule and its alarm."
  }
}

run "names_begin_with_the_stack_s" {
  variables {
    name = "second"
  }
  assert {
    condition     = aws_cloudwatch_event_bus.this.name == "second" && aws_lambda_function.respond_kubernetes.function_name == "second-respond-kubernetes" && aws_iam_role.score.name == "second-score" && aws_dynamodb_table.ledger.name == "second-ledger"
    error_message = "Two stacks must be able to live beside each other."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.canary.dimensions == tomap({ QueueName = "second-route" })
    error_message = "Another stack's canary would hide that this one's is missing."
  }
  assert {
    condition = alltrue(concat(
      flatten([for step, alarm in aws_cloudwatch_metric_alarm.books : [
        for query in alarm.metric_query : query.metric[0].dimensions == tomap({ FunctionName = "second-${step}" }) if length(query.metric) > 0
      ]]),
      [
        aws_cloudwatch_metric_alarm.rejected.dimensions == tomap({ FunctionName = "second-route" }),
        aws_cloudwatch_metric_alarm.scored_without_past.dimensions == tomap({ FunctionName = "second-score" }),
      ],
    ))
    error_message = "An alarm hears what another stack's functions say of themselves."
  }
}

run "without_findings_the_default_bus_is_left_alone" {
  variables {
    findings = []
  }
  assert {
    condition     = length(aws_cloudwatch_event_rule.findings) == 0
    error_message = "No rule was asked for on the default bus."
  }
}

run "the_chart_gets_what_it_needs" {
  variables {
    clusters = {
      blue  = { pod_identity = true }
      green = { oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/GREEN" }
    }
  }
  assert {
    condition     = yamldecode(output.helm_values.blue).bus.name == output.bus_arn && yamldecode(output.helm_values.blue).aws.region == "eu-central-1" && yamldecode(output.helm_values.blue).cluster == "blue"
    error_message = "The chart's values are not those of the stack."
  }
  assert {
    condition     = yamldecode(output.helm_values.green).serviceAccount.annotations["eks.amazonaws.com/role-arn"] == output.sensor_role_arns.green && length(yamldecode(output.helm_values.blue).serviceAccount.annotations) == 0
    error_message = "IRSA needs the annotation, Pod Identity must not have it."
  }
}
