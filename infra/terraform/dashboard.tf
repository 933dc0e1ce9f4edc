# One dashboard, in the order of the steps.

locals {
  steps = concat(["deduplicate", "score", "route", "record", "respond-kubernetes", "respond-aws", "learn"], [for one in local.operates : "answer"]) # a map would sort them

  dashboard_rows = concat([
    {
      title = "Sensors: heartbeats per 5 minutes, unsent alerts on nodes"
      metrics = concat([], [for name in keys(var.clusters) : [
        ["Cattleguard/${var.name}", "heartbeats", "source", "cattleguard.sensor.${name}", { stat = "Sum", label = "${name} heartbeats" }],
        ["Cattleguard/${var.name}", "waiting", "source", "cattleguard.sensor.${name}", { stat = "Maximum", label = "${name} waiting", yAxis = "right" }],
      ]]...)
    },
    {
      title   = "deduplicate: received alerts by outcome"
      metrics = [for column in concat(["received"], local.books.deduplicate) : ["Cattleguard", column, "FunctionName", local.road.deduplicate.function.function_name, { stat = "Sum" }]]
    },
    {
      title   = "score, route: received, scored, delivered, rejected"
      metrics = [for one in [["scored", "score"], ["scoredWithoutPast", "score"], ["received", "route"], ["delivered", "route"], ["try-again", "route"], ["rejected", "route"]] : ["Cattleguard", one[0], "FunctionName", local.road[one[1]].function.function_name, { stat = "Sum", label = "${one[1]} ${one[0]}" }]]
    },
    {
      title = "Responses: outcomes, caps reached"
      metrics = concat([], [for step in ["respond-kubernetes", "respond-aws"] : [for outcome in ["taken", "requested", "refused", "failed", "released", "capsReached"] :
        ["Cattleguard", outcome, "FunctionName", local.road[step].function.function_name, { stat = "Sum", label = "${step} ${outcome}" }]
      ]]...)
    },
    {
      title = "Responses: time from event to containment (ms)"
      metrics = concat([], [for step in ["respond-kubernetes", "respond-aws"] : [for stat in ["p50", "p99"] :
        ["Cattleguard", "timeToContain", "FunctionName", local.road[step].function.function_name, { stat = stat, label = "${step} ${stat}" }]
      ]]...)
    },
    {
      title = "Containments in force, failed undos, open circuit breakers"
      metrics = concat([], [for step in ["respond-kubernetes", "respond-aws"] : [for metric in ["liveContainments", "failedUndos", "breakersOpen"] :
        ["Cattleguard", metric, "FunctionName", local.road[step].function.function_name, { stat = "Maximum", label = "${step} ${metric}" }]
      ]]...)
    },
    {
      title   = "Failed undos: age of the oldest (ms)"
      metrics = [for step in ["respond-kubernetes", "respond-aws"] : ["Cattleguard", "oldestFailedUndo", "FunctionName", local.road[step].function.function_name, { stat = "Maximum", label = step }]]
    },
    {
      title   = "Dead-letter queues: messages"
      metrics = [for queue in values(local.dead_letter_queues) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { stat = "Maximum" }]]
    },
    {
      title   = "Queues: age of the oldest message (s)"
      metrics = [for step in local.steps : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", local.road[step].queue.name, { stat = "Maximum", label = step }]]
    },
    {
      title   = "Functions: duration (p99, ms)"
      metrics = [for step in local.steps : ["AWS/Lambda", "Duration", "FunctionName", local.road[step].function.function_name, { stat = "p99", label = step }]]
    },
    {
      title = "Functions: errors and throttles"
      metrics = concat([], [for step in local.steps : [
        ["AWS/Lambda", "Errors", "FunctionName", local.road[step].function.function_name, { stat = "Sum", label = "${step} errors" }],
        ["AWS/Lambda", "Throttles", "FunctionName", local.road[step].function.function_name, { stat = "Sum", label = "${step} throttles" }],
      ]]...)
    },
    ], [for name in aws_lambda_function.operate[*].function_name : {
      title = "operate: requests from Slack by what became of them, errors and throttles"
      metrics = concat(
        [for counter in concat(["published", "asked", "questionsRefused"], keys(local.operate_counters)) : ["Cattleguard", counter, "FunctionName", name, { stat = "Sum" }]],
        [for metric in ["Errors", "Throttles"] : ["AWS/Lambda", metric, "FunctionName", name, { stat = "Sum", label = "function ${metric}" }]],
      )
  }])
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [for index, row in local.dashboard_rows : {
        type       = "metric"
        x          = index % 2 * 12
        y          = floor(index / 2) * 6
        width      = 12
        height     = 6
        properties = { title = row.title, region = local.region, period = 300, view = "timeSeries", metrics = row.metrics }
      }],
      [{
        type   = "log"
        x      = length(local.dashboard_rows) % 2 * 12
        y      = floor(length(local.dashboard_rows) / 2) * 6
        width  = 12
        height = 6
        properties = {
          title  = "Nodes by last heartbeat, oldest first"
          region = local.region
          view   = "table"
          query  = "SOURCE '${aws_cloudwatch_log_group.heartbeat.name}' | stats max(@timestamp) as last, latest(detail.waiting) as waiting, latest(detail.version) as version by source, detail.node | sort last asc | limit 100"
        }
      }],
    )
  })
}
