# Alarms of the stack. The alarms of one function are in modules/function. Every alarm and its end go to alarm_topic_arns.

locals {
  # The dead-letter queues that belong to no function.
  other_dead_letter_queues = merge({
    heartbeat-undelivered = aws_sqs_queue.heartbeat_undelivered.name
    canary-undelivered    = aws_sqs_queue.canary_undelivered.name
  }, { for queue in aws_sqs_queue.bus_undelivered : "bus-undelivered" => queue.name })

  dead_letter_queues = merge(
    { for step, road in local.road : "${step}-failed" => road.failed.name },
    { for step, road in local.road : "${step}-undelivered" => road.undelivered.name },
    local.other_dead_letter_queues,
  )

  # The counters of each step (StructuredLog.counts) whose sum must equal its counter `received`.
  books = merge({
    deduplicate = ["opened", "spread", "merged", "suppressed", "ignored", "unreadable"]
    score       = ["scored", "failed"]
    record      = ["recorded", "ignored", "failed"]
    learn       = ["learnt", "failed"]
  }, { for one in local.operates : "answer" => ["answered", "repeated", "refused", "late", "unreadable", "unanswered", "failed"] })

  # The steps that a canary passes, in order. Each function counts the canaries that it passed on.
  canary_hops = merge(
    { for number, step in ["deduplicate", "score", "respond-kubernetes", "respond-aws", "route"] : "${number + 1}-${step}" => {
      step   = step
      metric = "canaries"
      says   = "${step} passed on no canary"
    } },
    {
      "6-route-outcome" = {
        step   = "route"
        metric = "canaryOutcomes"
        says   = "No answer of a responder to a canary came back to route"
      }
      "7-record" = {
        step   = "record"
        metric = "canaries"
        says   = "record received no canary"
      }
    },
  )

  # Alarms on one metric of a function: the first count raises them.
  counters = merge(local.response_counters, local.answer_counters, {
    deduplicate-commands-ignored = {
      metric      = "commandsIgnored"
      statistic   = "Sum"
      function    = module.deduplicate.function.function_name
      description = "deduplicate ignored a person's command to set or end a silence: the person may not give it, it came too late, or its pattern is wrong. deduplicate's log names the person, the command and the reason."
    }
    scored-without-past = {
      metric      = "scoredWithoutPast"
      statistic   = "Sum"
      function    = module.score.function.function_name
      description = "score cannot read its table of histories: scores are too low, and kill chains are not detected."
    }
    scored-without-models = {
      metric      = "scoredWithoutModels"
      statistic   = "Sum"
      function    = module.score.function.function_name
      description = "score cannot read the workload models of its policy layer: it scores without `not-in-model`, so scores may be too low, and learn does not start. score's log names the file and line with `the models are unreadable`. Run `./cattleguard check --policy DIR` on that policy, correct or remove the model, and apply."
    }
    # A rejected message reaches the dead-letter queue route-failed only after an hour of retries. This alarm fires earlier.
    rejected = {
      metric      = "rejected"
      statistic   = "Sum"
      function    = module.route.function.function_name
      description = "A destination rejects messages, so the people or systems that read it are not notified. Usual causes: a wrong token or channel. route's log names the destination and the reason."
    }
  })

  # Alarms of answer, which exists if `slack` is set.
  answer_counters = merge([
    for one in module.answer : {
      answer-unreadable = {
        metric      = "unreadable"
        statistic   = "Sum"
        function    = one.function.function_name
        description = "answer could not look up the answer to a question from Slack: a table cannot be read, or the function has a bug. answer asked the person to try again. Use `./cattleguard incidents` or `./cattleguard containments`. answer's log names the cause with `a question cannot be answered`."
      }
      answer-unanswered = {
        metric      = "unanswered"
        statistic   = "Sum"
        function    = one.function.function_name
        description = "Slack refused an answer, or did not confirm that it arrived: the person may not have seen it, and can ask again. answer's log has the status or the error."
      }
    }
  ]...)

  # Alarms of each responder. A responder reports a state of the ledger, so the maximum counts.
  response_counters = merge([
    for step in ["respond-kubernetes", "respond-aws"] : {
      "${step}-failed-undo" = {
        metric      = "failedUndos"
        statistic   = "Maximum"
        function    = local.road[step].function.function_name
        description = "${step} cannot undo a containment: the object stays contained after its lease. People were notified once. List containments with `./cattleguard containments`. The log of ${step} names the cause, usually a missing permission, tag or cluster. The undo is retried every 30 minutes."
      }
      "${step}-breaker-open" = {
        metric      = "breakersOpen"
        statistic   = "Maximum"
        function    = local.road[step].function.function_name
        description = "${step}: too many actions failed, so the circuit breaker is open: the responder takes no further action and only observes. Read the latest outcomes with `failed`, fix their cause, and contain by hand until the failures are older than circuit-breaker.window in settings.yaml."
      }
      "${step}-caps-reached" = {
        metric      = "capsReached"
        statistic   = "Sum"
        function    = local.road[step].function.function_name
        description = "${step} did not take an action because an hourly cap is used up. Either an attack affects more objects than hourly-caps in settings.yaml allow, or a rule or playbook is wrong. Look at the latest outcomes; then raise the cap and apply, contain by hand, or stop with `./cattleguard stop`."
      }
      "${step}-commands-ignored" = {
        metric      = "commandsIgnored"
        statistic   = "Sum"
        function    = local.road[step].function.function_name
        description = "${step} ignored a person's command, for example stop, resume, undo or approve: the person may not give it, or it came too late. The log of ${step} names the person, the command and the reason. Look at the state with `./cattleguard containments`, and repeat the command if it is still needed."
      }
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each            = local.other_dead_letter_queues
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Dead-letter queue ${each.value} has messages. Read one, fix the cause, delete or send them again (README, Dead-letter queues).${local.runbook}undelivered"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "books" {
  for_each            = local.books
  alarm_name          = "${var.name}-${each.key}-books"
  alarm_description   = "The counters of ${each.key} do not add up: received differs from ${join(" + ", each.value)}. A message was lost or counted twice.${local.runbook}books"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags

  metric_query {
    id          = "difference"
    label       = "received minus the sum of the other counters"
    expression  = "ABS(received - (${join(" + ", each.value)}))"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = concat(["received"], each.value)
    content {
      id = metric_query.value
      metric {
        namespace   = "Cattleguard"
        metric_name = metric_query.value
        dimensions  = { FunctionName = local.road[each.key].function.function_name }
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "counters" {
  for_each            = local.counters
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.description}${local.runbook}${replace(each.key, "/^(deduplicate|respond-kubernetes|respond-aws)-/", "")}"
  namespace           = "Cattleguard"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = each.value.function }
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "heartbeat" {
  for_each            = var.clusters
  alarm_name          = "${var.name}-no-heartbeat-${each.key}"
  alarm_description   = "No heartbeat from any sensor of cluster ${each.key} for 10 minutes: no sensor watches that cluster. Expected until the sensor's chart is installed there.${local.runbook}no-heartbeat"
  namespace           = "Cattleguard/${var.name}"
  metric_name         = "heartbeats"
  dimensions          = { source = "cattleguard.sensor.${each.key}" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags

  depends_on = [aws_cloudwatch_log_metric_filter.heartbeat]
}

# One alarm per hop of the canary, numbered in the order of the road: if a canary stops at a step, the alarms of that step and of those
# behind it fire, and the one with the lowest number names the step.
resource "aws_cloudwatch_metric_alarm" "canary" {
  for_each            = local.canary_hops
  alarm_name          = "${var.name}-no-canary-${each.key}"
  alarm_description   = "${each.value.says} for ${2 * var.canary_minutes} minutes, although one is sent every ${var.canary_minutes} minutes. If an alarm no-canary with a lower number is on too, look at that one first. Else look at the queues and the log of ${each.value.step}.${local.runbook}no-canary"
  namespace           = "Cattleguard"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = local.road[each.value.step].function.function_name }
  statistic           = "Sum"
  period              = 60 * var.canary_minutes
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
