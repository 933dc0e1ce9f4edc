# What the module creates, with a mocked provider. Nothing is uploaded, so any file serves as a zip. A run takes
# seconds, so assertions about the same variables are in one run. A run that only changes variables is a plan, which is faster;
# it needs what the first run applied.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  clusters   = { blue = { pod_identity = true } }
  findings   = ["guardduty", "security-hub", "inspector2", "access-analyzer"]
  cloudtrail = true
  packages   = { deduplicate = "versions.tf", score = "versions.tf", route = "versions.tf", record = "versions.tf", operate = "versions.tf", answer = "versions.tf", learn = "versions.tf", respond-kubernetes = "versions.tf", respond-aws = "versions.tf" }
}

run "with_the_defaults_every_step_is_as_it_must_be" {
  # Patterns are the files of events/patterns.
  assert {
    condition = alltrue([
      for step, rule in merge({ for step, function in local.road : step => function.rule }, {
        heartbeat                   = aws_cloudwatch_event_rule.heartbeat
        deduplicate-guardduty       = aws_cloudwatch_event_rule.findings["guardduty"]
        deduplicate-security-hub    = aws_cloudwatch_event_rule.findings["security-hub"]
        deduplicate-inspector2      = aws_cloudwatch_event_rule.findings["inspector2"]
        deduplicate-access-analyzer = aws_cloudwatch_event_rule.findings["access-analyzer"]
        deduplicate-cloudtrail      = aws_cloudwatch_event_rule.findings["cloudtrail"]
        respond-command             = aws_cloudwatch_event_rule.command["respond-command"]
        route-command               = aws_cloudwatch_event_rule.command["route-command"]
        deduplicate-command         = aws_cloudwatch_event_rule.command["deduplicate-command"]
      }) : jsondecode(rule.event_pattern) == jsondecode(file("../../events/patterns/${step}.json"))
    ])
    error_message = "A rule's pattern is not its file in events/patterns."
  }
  assert {
    condition     = length(fileset(local.patterns, "*.json")) == length(local.road) + 10 # answer.json has a rule if slack is set
    error_message = "events/patterns has a pattern that no rule uses."
  }
  assert {
    condition     = alltrue([for step, function in local.road : jsondecode(function.rule.event_pattern)["replay-name"] == [{ exists = false }] if startswith(step, "respond-")])
    error_message = "Replayed events must not reach respond."
  }

  # People's commands reach both responders and route, and no replayed one does.
  assert {
    condition     = { for step, target in aws_cloudwatch_event_target.command : step => target.arn } == { for step in ["respond-kubernetes", "respond-aws", "route", "deduplicate"] : step => local.road[step].queue.arn }
    error_message = "A command does not reach a responder, route or deduplicate."
  }
  assert {
    condition     = alltrue([for rule in values(aws_cloudwatch_event_rule.command) : jsondecode(rule.event_pattern)["replay-name"] == [{ exists = false }]])
    error_message = "A replayed command must reach no one."
  }

  # Every target keeps what it cannot deliver.
  assert {
    condition = alltrue([
      for target in concat(
        values(local.road)[*].target,
        [aws_cloudwatch_event_target.heartbeat],
        values(aws_cloudwatch_event_target.findings),
        values(aws_cloudwatch_event_target.command),
        values(aws_cloudwatch_event_target.lease_timer),
        [aws_cloudwatch_event_target.digest_timer],
      ) : length(target.dead_letter_config) == 1 && target.dead_letter_config[0].arn != ""
    ])
    error_message = "A target has no dead-letter queue: EventBridge would drop undeliverable events."
  }
  assert {
    condition = alltrue([
      for queue in values(local.road)[*].queue :
      jsondecode(queue.redrive_policy).maxReceiveCount >= 5 && jsondecode(queue.redrive_policy).deadLetterTargetArn != ""
    ])
    error_message = "A queue has no dead-letter queue, or too few deliveries."
  }
  assert {
    condition     = length(aws_scheduler_schedule.canary.target[0].dead_letter_config) == 1
    error_message = "The canary has no dead-letter queue."
  }

  # The visibility timeout is long enough that two invocations never process one message.
  assert {
    condition = alltrue([
      for step in values(local.road) : step.queue.visibility_timeout_seconds > step.function.timeout
    ])
    error_message = "A message is delivered again while an invocation may still process it."
  }
  assert {
    condition     = alltrue([for step, function in local.road : function.queue.visibility_timeout_seconds >= 120 && 4 * function.queue.visibility_timeout_seconds <= 600 if startswith(step, "respond-")])
    error_message = "A responder must be retried after its claim (2 minutes) has expired, and four times within the freshness of 10 minutes."
  }

  # Mappings report single failures and limit concurrency.
  assert {
    condition = alltrue([
      for mapping in values(local.road)[*].mapping :
      mapping.function_response_types == toset(["ReportBatchItemFailures"]) && endswith(mapping.function_name, ":live") && length(mapping.filter_criteria) == 0
    ])
    error_message = "A mapping must call the alias, report single failures and have no filter: Lambda deletes what a filter rejects."
  }
  assert {
    condition = { for step, function in local.road : step => function.mapping.scaling_config[0].maximum_concurrency } == {
      deduplicate        = 20
      score              = 10
      route              = 2
      record             = 5
      learn              = 2
      respond-kubernetes = 5
      respond-aws        = 5
    }
    error_message = "A mapping has another maximum concurrency than the variable."
  }
  assert {
    condition     = alltrue([for step, function in local.road : function.mapping.batch_size == 1 if startswith(step, "respond-")])
    error_message = "A responder must process one alert at a time: an isolation must not wait for the verification of another."
  }

  # Functions are Java 21 on ARM with snapshots of published versions.
  assert {
    condition = alltrue([
      for function in values(local.road)[*].function :
      function.runtime == "java21" && function.architectures == tolist(["arm64"]) && function.publish && function.snap_start[0].apply_on == "PublishedVersions" && length(function.vpc_config) == 0
    ])
    error_message = "A function has a wrong runtime, architecture, snapshot setting or network."
  }
  assert {
    condition = alltrue([
      for alias in values(local.road)[*].alias :
      alias.name == "live" && alias.function_version == "7"
    ])
    error_message = "An alias does not point at the published version."
  }

  # Functions get the environment variables that their handlers read.
  assert {
    condition     = toset(keys(module.deduplicate.function.environment[0].variables)) == toset(["SIGHTINGS_TABLE", "BUS_NAME", "POLICY_DIRECTORY"])
    error_message = "deduplicate"
  }
  assert {
    condition     = toset(keys(module.score.function.environment[0].variables)) == toset(["HISTORIES_TABLE", "BUS_NAME", "POLICY_DIRECTORY"])
    error_message = "score"
  }
  assert {
    condition     = toset(keys(module.route.function.environment[0].variables)) == toset(["CONVERSATIONS_TABLE", "BUS_NAME", "POLICY_DIRECTORY"])
    error_message = "route"
  }
  assert {
    condition     = module.record.function.environment[0].variables == tomap({ INCIDENTS_TABLE = "cattleguard-incidents", RETENTION_DAYS = "90" })
    error_message = "record"
  }
  assert {
    condition     = toset(keys(module.learn.function.environment[0].variables)) == toset(["MODELS_TABLE", "BUS_NAME", "POLICY_DIRECTORY"])
    error_message = "learn"
  }
  assert {
    condition     = toset(keys(module.respond_kubernetes.function.environment[0].variables)) == toset(["LEDGER_TABLE", "QUEUE_URL", "BUS_NAME", "POLICY_DIRECTORY", "RESPONSE_MODE", "CLUSTERS_FILE", "EVIDENCE_BUCKET"])
    error_message = "respond-kubernetes"
  }
  assert {
    condition     = toset(keys(module.respond_aws.function.environment[0].variables)) == toset(["LEDGER_TABLE", "QUEUE_URL", "BUS_NAME", "POLICY_DIRECTORY", "RESPONSE_MODE", "EC2_ACTIONS", "QUARANTINE_GROUPS", "RESPONSE_TAG", "PROTECTED_PRINCIPALS", "RESPONSE_BUCKETS", "BLOCK_LISTS"])
    error_message = "respond-aws"
  }
  assert {
    condition     = length(setsubtract([for function in local.road : function.role.name], jsondecode(module.respond_aws.function.environment[0].variables.PROTECTED_PRINCIPALS))) == 0 && contains(jsondecode(module.respond_aws.function.environment[0].variables.PROTECTED_PRINCIPALS), aws_iam_role.canary.name)
    error_message = "respond-aws may revoke the sessions of a role of this stack."
  }

  # Every responder gets the timer's message each minute.
  assert {
    condition     = aws_cloudwatch_event_rule.lease_timer.schedule_expression == "rate(1 minute)" && coalesce(aws_cloudwatch_event_rule.lease_timer.event_bus_name, "default") == "default"
    error_message = "EventBridge runs a schedule on the default bus only, and a lease must end within minutes."
  }
  assert {
    condition = { for step, target in aws_cloudwatch_event_target.lease_timer : step => jsondecode(target.input) } == {
      for step in keys(local.road) : step => { detail-type = "Lease Timer", source = "cattleguard.timer", detail = {} } if startswith(step, "respond-")
    }
    error_message = "A responder gets no timer, or one that its handler does not know."
  }
  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.lease_timer : target.retry_policy[0].maximum_event_age_in_seconds == 60])
    error_message = "The next minute's message replaces a late one."
  }

  # route is told to send digests.
  assert {
    condition     = jsondecode(aws_cloudwatch_event_target.digest_timer.input)["detail-type"] == "Digest Timer" && aws_cloudwatch_event_rule.digest_timer.schedule_expression == "rate(15 minutes)"
    error_message = "route gets no timer, or one that its handler does not know."
  }

  # Tables expire, recover and are protected.
  assert {
    condition = alltrue([
      for table in concat(values(aws_dynamodb_table.this), [aws_dynamodb_table.incidents]) :
      table.hash_key == "pk" && table.ttl[0].attribute_name == "expiresAt" && table.ttl[0].enabled && table.point_in_time_recovery[0].enabled && table.server_side_encryption[0].enabled && table.deletion_protection_enabled && table.billing_mode == "PAY_PER_REQUEST"
    ])
    error_message = "A table lacks its key, time to live, recovery, encryption or protection."
  }
  assert {
    condition     = { for index in aws_dynamodb_table.incidents.global_secondary_index : index.name => "${index.hash_key} ${index.range_key} ${join(",", index.non_key_attributes)}" } == { latest = "list lastAt summary", holding = "holding lastAt summary" }
    error_message = "The incidents lack an index that a list needs."
  }
  # A replay must reach no other rule: other steps would process old events again.
  assert {
    condition     = strcontains(output.rebuild_incidents, "\"FilterArns\":[\"${module.record.rule.arn}\"]")
    error_message = "A rebuild of the incidents must replay to record only."
  }

  # Evidence cannot be overwritten or deleted, is encrypted, and is not public.
  assert {
    condition = (
      module.respond_kubernetes.function.environment[0].variables.EVIDENCE_BUCKET == "cattleguard-evidence-123456789012-eu-central-1"
      && aws_s3_bucket.evidence["own"].bucket == output.evidence_bucket && aws_s3_bucket.evidence["own"].object_lock_enabled && !aws_s3_bucket.evidence["own"].force_destroy
      && aws_s3_bucket_versioning.evidence["own"].versioning_configuration[0].status == "Enabled"
      && aws_s3_bucket_object_lock_configuration.evidence["own"].rule[0].default_retention[0].mode == "GOVERNANCE"
      && aws_s3_bucket_object_lock_configuration.evidence["own"].rule[0].default_retention[0].days == 90
    )
    error_message = "The bucket of the evidence lacks Object Lock or versions, or is not the one that respond-kubernetes writes to."
  }
  assert {
    condition = alltrue([for blocks in [
      aws_s3_bucket_public_access_block.evidence["own"].block_public_acls, aws_s3_bucket_public_access_block.evidence["own"].block_public_policy,
      aws_s3_bucket_public_access_block.evidence["own"].ignore_public_acls, aws_s3_bucket_public_access_block.evidence["own"].restrict_public_buckets,
    ] : blocks]) && aws_s3_bucket_ownership_controls.evidence["own"].rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "The bucket of the evidence could become public."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.evidence["own"].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Evidence is not encrypted."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.evidence["own"].rule[0].expiration[0].days == 91 && aws_s3_bucket_lifecycle_configuration.evidence["own"].rule[0].noncurrent_version_expiration[0].noncurrent_days == 1
    error_message = "Evidence must be deleted after its retention, and not before."
  }
  assert {
    condition = {
      for statement in data.aws_iam_policy_document.evidence["own"].statement :
      statement.sid => join(" ", concat([statement.effect], sort(statement.actions), [for condition in statement.condition : "${condition.test} ${condition.variable} ${one(condition.values)}"]))
      } == {
      DenyRequestsWithoutTls = "Deny s3:* Bool aws:SecureTransport false"
      DenyOverwrites         = "Deny s3:PutObject Null s3:if-none-match true"
    }
    error_message = "The bucket of the evidence takes requests without TLS, or writes over an object."
  }

  # The policy is a layer of every function that reads it.
  assert {
    condition = alltrue([
      for function in values(local.road)[*].function :
      contains(function.layers, aws_lambda_layer_version.policy.arn) == (try(function.environment[0].variables.POLICY_DIRECTORY, "") == "/opt/policy")
    ])
    error_message = "A function that reads the policy lacks its layer, or has a layer that it does not read."
  }
  assert {
    condition     = contains(local.policy_files, "scoring.yaml") && contains(local.policy_files, "playbooks/reverse-shell.yaml")
    error_message = "The layer does not hold the policy."
  }
}

run "sizes_times_and_limits_are_yours" {
  command = plan
  variables {
    architecture           = "x86_64"
    memory_megabytes       = { respond = 3008 }
    maximum_concurrency    = { respond = 3 }
    log_retention_days     = 365
    archive_retention_days = 90
    canary_minutes         = 5

    evidence_retention_days = 400
  }
  assert {
    condition     = aws_s3_bucket_object_lock_configuration.evidence["own"].rule[0].default_retention[0].days == 400 && aws_s3_bucket_lifecycle_configuration.evidence["own"].rule[0].expiration[0].days == 401
    error_message = "evidence_retention_days must reach Object Lock and the lifecycle."
  }
  assert {
    condition     = module.respond_aws.function.architectures == tolist(["x86_64"]) && module.respond_aws.function.memory_size == 3008 && module.respond_kubernetes.function.memory_size == 3008 && module.score.function.memory_size == 1024
    error_message = "architecture and memory_megabytes must reach the functions."
  }
  assert {
    condition     = module.respond_kubernetes.mapping.scaling_config[0].maximum_concurrency == 3
    error_message = "maximum_concurrency must reach the mapping."
  }
  assert {
    condition = alltrue([
      for group in concat(values(local.road)[*].log_group, [aws_cloudwatch_log_group.heartbeat]) :
      group.retention_in_days == 365
    ])
    error_message = "log_retention_days must reach every log group."
  }
  assert {
    condition     = aws_cloudwatch_event_archive.this.retention_days == 90 && jsondecode(aws_cloudwatch_event_archive.this.event_pattern) == { detail-type = [{ anything-but = ["Question Asked"] }] }
    error_message = "archive_retention_days must reach the archive, which keeps all events but questions."
  }
  assert {
    condition     = aws_scheduler_schedule.canary.schedule_expression == "rate(5 minutes)" && alltrue([for alarm in values(aws_cloudwatch_metric_alarm.canary) : alarm.period == 300])
    error_message = "canary_minutes must reach the schedule and its alarms."
  }
}

run "alarms_speak_to_the_topics" {
  command = plan
  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-central-1:123456789012:security"]
  }
  assert {
    condition = alltrue([
      for alarm in concat(
        flatten([for step in values(local.road) : values(step.alarms)]),
        values(aws_cloudwatch_metric_alarm.dead_letters), values(aws_cloudwatch_metric_alarm.books), values(aws_cloudwatch_metric_alarm.counters),
        values(aws_cloudwatch_metric_alarm.heartbeat), values(aws_cloudwatch_metric_alarm.canary), [aws_cloudwatch_metric_alarm.digests],
      ) : alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:security"]) && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "An alarm does not reach alarm_topic_arns."
  }
  assert {
    condition = alltrue([
      for step, function in local.road : { for what, alarm in function.alarms : what => "${alarm.alarm_name} ${one(values(alarm.dimensions))}" } == {
        failed         = "cattleguard-${step}-failed cattleguard-${step}-failed"
        undelivered    = "cattleguard-${step}-undelivered cattleguard-${step}-undelivered"
        oldest-message = "cattleguard-${step}-oldest-message cattleguard-${step}"
        throttles      = "cattleguard-${step}-throttles cattleguard-${step}"
        errors         = "cattleguard-${step}-errors cattleguard-${step}"
      }
    ])
    error_message = "A function lacks an alarm, or an alarm watches another function."
  }
  assert {
    condition     = { for step, function in local.road : step => function.alarms["oldest-message"].threshold } == { deduplicate = 300, score = 300, route = 900, record = 300, learn = 300, respond-kubernetes = 120, respond-aws = 120 }
    error_message = "A step's alarm on the oldest message has another threshold."
  }
  assert {
    condition     = [for alarm in values(aws_cloudwatch_metric_alarm.dead_letters) : alarm.alarm_name] == ["cattleguard-canary-undelivered", "cattleguard-heartbeat-undelivered"]
    error_message = "A dead-letter queue that belongs to no function has no alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.heartbeat["blue"].treat_missing_data == "breaching" && alltrue([for alarm in values(aws_cloudwatch_metric_alarm.canary) : alarm.treat_missing_data == "breaching" && alarm.comparison_operator == "LessThanThreshold" && alarm.threshold == 1])
    error_message = "Silence must be an alarm."
  }
  # A failed undo and an open breaker are states, which every report repeats; a reached cap is an event.
  assert {
    condition = { for what in ["failed-undo", "breaker-open", "caps-reached", "commands-ignored"] : what => [for alarm in [aws_cloudwatch_metric_alarm.counters["respond-kubernetes-${what}"]] : "${alarm.statistic} ${alarm.metric_name} > ${alarm.threshold} in ${alarm.period} s"] } == {
      failed-undo      = ["Maximum failedUndos > 0 in 300 s"]
      breaker-open     = ["Maximum breakersOpen > 0 in 300 s"]
      caps-reached     = ["Sum capsReached > 0 in 300 s"]
      commands-ignored = ["Sum commandsIgnored > 0 in 300 s"]
    }
    error_message = "An alarm on responses watches something else."
  }
  assert {
    condition = { for what in ["past", "models"] : what => [for alarm in [aws_cloudwatch_metric_alarm.counters["scored-without-${what}"]] : "${alarm.statistic} ${alarm.metric_name} > ${alarm.threshold} in ${alarm.period} s"] } == {
      past   = ["Sum scoredWithoutPast > 0 in 300 s"]
      models = ["Sum scoredWithoutModels > 0 in 300 s"]
    }
    error_message = "An alarm on scores that may be too low watches something else."
  }
  # The timer comes every 15 minutes, so a shorter period would end the alarm between two messages.
  assert {
    condition     = [for alarm in [aws_cloudwatch_metric_alarm.digests] : "${alarm.statistic} ${alarm.metric_name} > ${alarm.threshold} in ${alarm.period} s"] == ["Minimum digestsWaiting > 0 in 3600 s"]
    error_message = "The alarm on digests watches something else."
  }
  assert {
    condition     = anytrue([for query in aws_cloudwatch_metric_alarm.books["deduplicate"].metric_query : query.expression == "ABS(received - (opened + spread + merged + suppressed + ignored + unreadable))"])
    error_message = "deduplicate's counters must add up to received."
  }
}

run "names_begin_with_the_stack_s" {
  command = plan
  variables {
    name = "second"
  }
  assert {
    condition     = aws_cloudwatch_event_bus.this.name == "second" && module.respond_aws.function.function_name == "second-respond-aws" && module.score.role.name == "second-score" && aws_dynamodb_table.this["ledger"].name == "second-ledger"
    error_message = "Two stacks in one account need different names."
  }
  assert {
    condition = { for hop, alarm in aws_cloudwatch_metric_alarm.canary : hop => "${alarm.alarm_name} ${alarm.metric_name} ${one(values(alarm.dimensions))}" } == {
      "1-deduplicate"        = "second-no-canary-1-deduplicate canaries second-deduplicate"
      "2-score"              = "second-no-canary-2-score canaries second-score"
      "3-respond-kubernetes" = "second-no-canary-3-respond-kubernetes canaries second-respond-kubernetes"
      "4-respond-aws"        = "second-no-canary-4-respond-aws canaries second-respond-aws"
      "5-route"              = "second-no-canary-5-route canaries second-route"
      "6-route-outcome"      = "second-no-canary-6-route-outcome canaryOutcomes second-route"
      "7-record"             = "second-no-canary-7-record canaries second-record"
    }
    error_message = "Each hop of this stack's canary needs an alarm; another stack's canary would hide that it is missing."
  }
  assert {
    condition = alltrue(concat(
      flatten([for step, alarm in aws_cloudwatch_metric_alarm.books : [
        for query in alarm.metric_query : query.metric[0].dimensions == tomap({ FunctionName = "second-${step}" }) if length(query.metric) > 0
      ]]),
      [
        aws_cloudwatch_metric_alarm.digests.dimensions == tomap({ FunctionName = "second-route" }),
        aws_cloudwatch_metric_alarm.counters["rejected"].dimensions == tomap({ FunctionName = "second-route" }),
        aws_cloudwatch_metric_alarm.counters["scored-without-past"].dimensions == tomap({ FunctionName = "second-score" }),
        aws_cloudwatch_metric_alarm.counters["scored-without-models"].dimensions == tomap({ FunctionName = "second-score" }),
      ],
      flatten([for step in ["respond-kubernetes", "respond-aws"] : [
        for what in ["failed-undo", "breaker-open", "caps-reached", "commands-ignored"] : aws_cloudwatch_metric_alarm.counters["${step}-${what}"].dimensions == tomap({ FunctionName = "second-${step}" })
      ]]),
    ))
    error_message = "An alarm watches the counters of another stack's function."
  }
}

run "audit_logs_reach_deduplicate_and_what_fails_is_kept" {
  command = plan
  variables {
    audit_clusters = ["blue", "green"]
  }
  assert {
    condition     = { for name, filter in aws_cloudwatch_log_subscription_filter.audit : name => filter.log_group_name } == { blue = "/aws/eks/blue/cluster", green = "/aws/eks/green/cluster" }
    error_message = "A cluster's audit log has no subscription."
  }
  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_subscription_filter.audit : filter.filter_pattern == trimspace(file("eks-audit.filter")) && length(filter.filter_pattern) <= 1024 && endswith(filter.destination_arn, ":live")])
    error_message = "A subscription does not use the filter, or does not call the alias."
  }
  assert {
    condition     = { for name, permission in aws_lambda_permission.audit : name => permission.source_arn } == { for name in ["blue", "green"] : name => "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/eks/${name}/cluster:*" } && alltrue([for permission in aws_lambda_permission.audit : permission.source_account == "123456789012" && permission.qualifier == "live"])
    error_message = "Something other than the cluster's own log group may call deduplicate."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.audit_lost[0].metric_name == "DestinationDeliveryFailures" && aws_cloudwatch_metric_alarm.audit_lost[0].threshold == 0 && aws_cloudwatch_metric_alarm.audit_lost[0].comparison_operator == "GreaterThanThreshold"
    error_message = "No alarm watches audit events that the dead-letter queue does not take."
  }
  assert {
    condition     = aws_lambda_function_event_invoke_config.audit[0].maximum_retry_attempts == 2 && aws_lambda_function_event_invoke_config.audit[0].destination_config[0].on_failure[0].destination == module.deduplicate.failed.arn
    error_message = "Audit events whose call fails would be lost."
  }
  assert {
    condition     = contains(data.aws_iam_policy_document.deduplicate.statement[*].sid, "KeepAuditEventsThatFailed")
    error_message = "deduplicate may not write to its dead-letter queue."
  }
}

run "without_audit_clusters_no_one_calls_deduplicate" {
  command = plan
  assert {
    condition     = length(aws_lambda_permission.audit) == 0 && length(aws_lambda_function_event_invoke_config.audit) == 0 && !contains(data.aws_iam_policy_document.deduplicate.statement[*].sid, "KeepAuditEventsThatFailed")
    error_message = "Without audit logs deduplicate must have no caller but its queue."
  }
}

run "without_findings_the_default_bus_is_left_alone" {
  command = plan
  variables {
    findings   = []
    cloudtrail = false
  }
  assert {
    condition     = length(aws_cloudwatch_event_rule.findings) == 0
    error_message = "Without findings the default bus must have no rule."
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
    error_message = "helm_values must name the stack's bus, region and cluster."
  }
  assert {
    condition     = yamldecode(output.helm_values.blue).bus.nodeIdentity == "pod" && yamldecode(output.helm_values.green).bus.nodeIdentity == "claimed"
    error_message = "The chart must name the pod where IAM accepts it, and not elsewhere."
  }
  assert {
    condition     = yamldecode(output.helm_values.green).serviceAccount.annotations["eks.amazonaws.com/role-arn"] == output.sensor_role_arns.green && length(yamldecode(output.helm_values.blue).serviceAccount.annotations) == 0
    error_message = "IRSA needs the annotation, Pod Identity must not have it."
  }
}
