# Only clusters is required. With the defaults the stack observes and changes nothing.

variable "clusters" {
  description = <<-EOT
    The clusters that send alerts, by the name that their sensor uses (the cluster's name in EKS).
    How the sensor gets its role, one of:
      oidc_provider_arn  IAM OIDC provider of a cluster in this account (IRSA)
      pod_identity       true: EKS Pod Identity, for a cluster in this account
      sensor_role_arn    the sensor's role in another account of the organisation; the Terraform of that account creates it
    node_identity: what proves the node of an alert. An alert acts only on pods of its own node:
      pod      the sensor's pod, which EKS Pod Identity names; the default, also for sensor_role_arn
      claimed  nothing: the node is what the event says, so root on one node can cause actions on the pods of any node
    respond: how respond-kubernetes reaches the cluster. Without it the cluster only sends alerts:
      endpoint               https:// address of the API server
      certificate_authority  its CA certificate in base64, as EKS returns it
      role_arn               for a cluster in another account: the role there that respond-kubernetes assumes
      external_id            the external ID that this role's trust policy requires, if any
  EOT
  type = map(object({
    oidc_provider_arn = optional(string)
    pod_identity      = optional(bool, false)
    sensor_role_arn   = optional(string)
    node_identity     = optional(string, "pod")
    respond = optional(object({
      endpoint              = string
      certificate_authority = string
      role_arn              = optional(string)
      external_id           = optional(string)
    }))
  }))

  # The name is part of an IAM condition: a wildcard in it would let one sensor publish for all clusters.
  validation {
    condition     = alltrue([for name in keys(var.clusters) : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", name))])
    error_message = "A cluster's name has up to 100 letters, digits, - and _, as in EKS. No wildcards, no dots."
  }
  # IAM names are case-insensitive, and sids of statements have no hyphens.
  validation {
    condition     = length(distinct([for name in keys(var.clusters) : lower(replace(name, "/[_-]/", ""))])) == length(var.clusters)
    error_message = "Names of clusters must differ by more than case, - and _: otherwise their roles and the bus's statements get the same names."
  }
  validation {
    condition     = !contains(keys(var.clusters), "canary")
    error_message = "The name canary is reserved: the canary publishes as cattleguard.sensor.canary. Give the cluster another name."
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      (cluster.sensor_role_arn == null) == (cluster.oidc_provider_arn != null || cluster.pod_identity)
    ])
    error_message = "Each cluster needs oidc_provider_arn or pod_identity = true (cluster in this account), or sensor_role_arn (cluster in another account)."
  }
  validation {
    condition     = alltrue([for cluster in values(var.clusters) : contains(["pod", "claimed"], cluster.node_identity)])
    error_message = "node_identity must be pod or claimed."
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      cluster.respond == null || cluster.pod_identity || cluster.sensor_role_arn != null || cluster.node_identity == "claimed"
    ])
    error_message = "IRSA does not prove an alert's node, so no alert of this cluster would cause an action. Set pod_identity = true, or node_identity = \"claimed\" to act on pods of any node that an event names."
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      cluster.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/[^*?]+$", cluster.oidc_provider_arn))
    ])
    error_message = "oidc_provider_arn must be the ARN of an IAM OIDC provider: arn:aws:iam::111122223333:oidc-provider/oidc.eks.…"
  }
  validation {
    condition = alltrue(flatten([
      for cluster in values(var.clusters) : [
        for role in [cluster.sensor_role_arn, try(cluster.respond.role_arn, null)] :
        role == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", role))
      ]
    ]))
    error_message = "sensor_role_arn and respond.role_arn must be the ARN of one IAM role, without wildcards: arn:aws:iam::111122223333:role/…"
  }
  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      cluster.respond == null ? true : can(regex("^https://[^/]+$", cluster.respond.endpoint)) && can(regex("-----BEGIN CERTIFICATE-----", base64decode(cluster.respond.certificate_authority)))
    ])
    error_message = "respond.endpoint must be https://host without a path; respond.certificate_authority must be a PEM certificate in base64, as EKS returns it."
  }
}

variable "name" {
  description = "The bus's name and the prefix of all other names. A second stack in the account needs another name."
  type        = string
  default     = "cattleguard"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "name has 2 to 24 lower-case letters, digits and hyphens, and begins with a letter. Names of IAM roles begin with it."
  }
}

variable "tags" {
  description = "Tags of all resources, in addition to the provider's default tags."
  type        = map(string)
  default     = {}
}

# ---- What the responders may do

variable "response_mode" {
  description = "Upper limit for all playbooks. observe: the responders' roles and the group in the cluster have no rights to change anything. enforce: they have the rights that playbooks in mode enforce need."
  type        = string
  default     = "observe"

  validation {
    condition     = contains(["observe", "enforce"], var.response_mode)
    error_message = "response_mode must be observe or enforce. The mode of a single playbook is set in the policy."
  }
}

variable "ec2_actions" {
  description = "Actions that respond-aws may take: quarantine-instance, revoke-ingress, deactivate-access-key, revoke-role-sessions, snapshot-instance, block-bucket-public-access, block-address. Only on resources with response_tag, or on response_buckets and block_lists, and only if response_mode is enforce."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.ec2_actions, local.known_ec2_actions)) == 0
    error_message = "ec2_actions allows ${join(" and ", local.known_ec2_actions)} only."
  }
}

variable "response_tag" {
  description = "respond-aws changes only resources with this tag. quarantine-instance checks the network interface, or the instance of an interface that the VPC CNI added, and the instance's security groups, for which the value restore is enough. revoke-ingress checks the security group, deactivate-access-key the IAM user, revoke-role-sessions the IAM role. An Auto Scaling group needs the tag too, so that its instances are put into standby."
  type        = object({ key = string, value = string })
  default     = { key = "cattleguard:respond", value = "allowed" }

  # A wildcard, a policy variable or an empty value would match more than one tag.
  validation {
    condition     = can(regex("^[0-9A-Za-z:/_.@+=-]{1,128}$", var.response_tag.key)) && can(regex("^[0-9A-Za-z:/_.@+=-]{1,256}$", var.response_tag.value))
    error_message = "response_tag needs a key and a value of letters, digits and : / _ . @ + = - (no wildcards, no $, not empty)."
  }
}

variable "block_lists" {
  description = "ARNs of the lists to which block-address adds addresses, in the account and region of this stack: regional IP sets of AWS WAF that a web ACL blocks, and managed prefix lists that a firewall or a transit gateway drops. Use separate lists that contain only blocked addresses: block-address refuses a list that a web ACL uses to allow requests, or that a security group refers to."
  type        = set(string)
  default     = []

  validation {
    condition = alltrue([
      for arn in var.block_lists :
      can(regex("^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/ipset/[0-9A-Za-z_-]{1,128}/[0-9A-Za-z-]{1,36}$", arn))
      || can(regex("^arn:aws[a-z-]*:ec2:[a-z0-9-]+:[0-9]{12}:prefix-list/pl-[0-9a-f]{8,40}$", arn))
    ])
    error_message = "block_lists must be ARNs of regional IP sets or of managed prefix lists of the account."
  }
  # The function changes lists of its own account and region only. A list elsewhere would be left out of every response.
  validation {
    condition = alltrue([
      for arn in var.block_lists :
      try(split(":", arn)[3] == local.region && split(":", arn)[4] == local.account, true)
    ])
    error_message = "block_lists must be in account ${local.account} and region ${local.region}, where this stack is. ${join(", ", [for arn in var.block_lists : arn if try(split(":", arn)[3] != local.region || split(":", arn)[4] != local.account, false)])} is not."
  }
  validation {
    condition     = !contains(var.ec2_actions, "block-address") || length(var.block_lists) > 0
    error_message = "block-address needs block_lists."
  }
}

variable "protected_principals" {
  description = "Names of IAM users and roles that respond-aws never changes, whatever their tags: those of a break-glass account, or of a deployment pipeline that you cannot do without. The roles of this stack are always protected."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.protected_principals : can(regex("^[0-9A-Za-z_+=,.@-]{1,64}$", name))])
    error_message = "protected_principals must be names, not ARNs: up to 64 letters, digits and _ + = , . @ -"
  }
}

variable "response_buckets" {
  description = "Names of the buckets on which block-bucket-public-access may act. Leave out buckets that must stay public, such as buckets of websites."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.response_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "response_buckets must be names of buckets, not ARNs."
  }
  validation {
    condition     = !contains(var.ec2_actions, "block-bucket-public-access") || length(var.response_buckets) > 0
    error_message = "block-bucket-public-access needs response_buckets."
  }
}

variable "quarantine_vpcs" {
  description = "VPCs in which quarantine-instance may act, as IDs under names of your choice. Each gets a security group without rules."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.quarantine_vpcs) : can(regex("^vpc-[0-9a-f]+$", id))])
    error_message = "quarantine_vpcs must be IDs of VPCs: vpc-…"
  }
  validation {
    condition     = !contains(var.ec2_actions, "quarantine-instance") || length(var.quarantine_vpcs) > 0
    error_message = "quarantine-instance needs a security group without rules in each VPC: set quarantine_vpcs."
  }
}

variable "respond_vpc" {
  description = "Subnets and security groups of respond-kubernetes, for clusters with a private API server. The subnets must reach EventBridge, DynamoDB, SQS, STS and S3; the API server must allow the groups. No other function runs in a VPC."
  type        = object({ subnet_ids = set(string), security_group_ids = set(string) })
  default     = null

  validation {
    condition     = var.respond_vpc == null ? true : length(var.respond_vpc.subnet_ids) > 0 && length(var.respond_vpc.security_group_ids) > 0
    error_message = "respond_vpc needs at least one subnet and one security group. Omit it to run outside a VPC."
  }
}

# ---- Who may publish

variable "organisation_id" {
  description = "ID of the AWS organisation, o-…. Sensors in other accounts must belong to it."
  type        = string
  default     = null

  validation {
    condition     = var.organisation_id == null || can(regex("^o-[a-z0-9]{10,32}$", var.organisation_id))
    error_message = "organisation_id must look like o-a1b2c3d4e5."
  }
  validation {
    condition     = var.organisation_id != null || alltrue([for cluster in values(var.clusters) : cluster.sensor_role_arn == null])
    error_message = "A cluster with sensor_role_arn is in another account: set organisation_id, so that the bus accepts accounts of your organisation only."
  }
}

variable "sensor_service_account" {
  description = "Namespace and name of the sensor's service account. The defaults match `helm install cattleguard-sensor sensor/chart --namespace cattleguard`."
  type        = object({ namespace = optional(string, "cattleguard"), name = optional(string, "cattleguard-sensor") })
  default     = {}

  # A wildcard in the trust policy would let every pod assume the sensor's role.
  validation {
    condition     = alltrue([for name in values(var.sensor_service_account) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "sensor_service_account: namespace and name must be valid Kubernetes names, without wildcards."
  }
}

variable "findings" {
  description = "Findings to read from the account's default bus: guardduty, security-hub, inspector2, access-analyzer."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.findings, ["guardduty", "security-hub", "inspector2", "access-analyzer"])) == 0
    error_message = "findings allows guardduty, security-hub, inspector2 and access-analyzer only."
  }
}

variable "cloudtrail" {
  description = "Reads AWS API calls and console logins that CloudTrail records, from the account's default bus, if a detection of the policy matches them. IAM calls and logins of the root user arrive only in us-east-1, so only a stack in that region receives them."
  type        = bool
  default     = false
}

variable "audit_clusters" {
  description = "EKS clusters whose audit logs are read, by name. Their control-plane log `audit` must be on. A subscription filter on each log group (CloudWatch allows two per group) forwards only events that the shipped detections can match."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.audit_clusters : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", name))])
    error_message = "audit_clusters: names of EKS clusters have up to 100 letters, digits, - and _."
  }
}

# ---- What runs

variable "packages" {
  description = "Paths of the functions' zips. Default: where `./mvnw package` writes them in this repository."
  type = object({
    deduplicate        = optional(string)
    score              = optional(string)
    route              = optional(string)
    record             = optional(string)
    operate            = optional(string)
    answer             = optional(string)
    learn              = optional(string)
    respond-kubernetes = optional(string)
    respond-aws        = optional(string)
  })
  default = {}
}

variable "policy_directory" {
  description = "Directory with scoring.yaml, routes.yaml, suppressions.yaml, settings.yaml, playbooks/, detections/, models/ and sources/. Default: policy/ of this repository, which observes. Test it with `./cattleguard test --policy DIR`."
  type        = string
  default     = null

  # Without policy files the functions use built-in weights, no route and no playbook, and report no error.
  validation {
    condition     = var.policy_directory == null ? true : length(fileset(var.policy_directory, "*.yaml")) > 0
    error_message = "policy_directory contains no *.yaml file. A relative path starts at the directory in which Terraform runs."
  }
}

variable "route_settings" {
  description = "Values of the settings that routes.yaml reads with `…-from` and that are not secret, by name: CATTLEGUARD_SLACK_CHANNEL and so on. They become environment variables of route only. No secrets: the Terraform state would contain them. A name with KEY, TOKEN, SECRET, PASSWORD, BASIC or WEBHOOK is refused; use route_secret_arns."
  type        = map(string)
  default     = {}
  sensitive   = true

  validation {
    condition     = alltrue([for name in nonsensitive(keys(var.route_settings)) : can(regex("^CATTLEGUARD_[A-Z0-9_]{1,100}$", name))])
    error_message = "Names in route_settings must begin with CATTLEGUARD_, as in routes.yaml."
  }
  validation {
    condition     = !anytrue([for name in nonsensitive(keys(var.route_settings)) : can(regex("_(BASIC|KEY|PASSWORD|SECRET|TOKEN|WEBHOOK)(_|$)", name))])
    error_message = "route_settings contains a secret, which the Terraform state and the function's configuration would then contain. Store it in Secrets Manager or Parameter Store, and set its ARN in route_secret_arns under the same name."
  }
}

variable "route_secret_arns" {
  description = "Secrets that routes.yaml reads with `…-from`, by name: { CATTLEGUARD_SLACK_TOKEN = ARN }. Each is a secret of Secrets Manager (with :key:: at its end, one key of a JSON object) or a parameter of Parameter Store. route reads them when it needs them; the Terraform state contains only the ARNs."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.route_secret_arns) : can(regex("^CATTLEGUARD_[A-Z0-9_]{1,100}$", name))])
    error_message = "Names in route_secret_arns must begin with CATTLEGUARD_, as in routes.yaml."
  }
  validation {
    condition = alltrue([
      for arn in values(var.route_secret_arns) :
      can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:*?]+::)?$", arn)) || can(regex("^arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+$", arn))
    ])
    error_message = "route_secret_arns must be full ARNs of secrets of Secrets Manager, with their random suffix, or of parameters of Parameter Store."
  }
}

variable "route_destinations" {
  description = "What route may write to in AWS, as routes.yaml names it: buckets (with the prefix, if only that), topics, and Security Hub of this account and region. kms_key_arns are the customer-managed keys of the secrets, buckets and topics."
  type = object({
    bucket_arns  = optional(list(string), [])
    topic_arns   = optional(list(string), [])
    security_hub = optional(bool, false)
    kms_key_arns = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in var.route_destinations.bucket_arns : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9=._-]+)*$", arn))])
    error_message = "bucket_arns must be ARNs of buckets, with a prefix if only that may be written, without / or * at the end."
  }
  validation {
    condition     = alltrue([for arn in var.route_destinations.topic_arns : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+([.]fifo)?$", arn))])
    error_message = "topic_arns must be ARNs of topics."
  }
  validation {
    condition     = alltrue([for arn in var.route_destinations.kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "kms_key_arns must be ARNs of keys."
  }
}

variable "runtime" {
  description = "Lambda runtime. java25 needs version 6 of the AWS provider."
  type        = string
  default     = "java21"

  validation {
    condition     = contains(["java21", "java25"], var.runtime)
    error_message = "runtime must be java21 or java25."
  }
}

variable "architecture" {
  description = "Processor architecture. arm64 costs a fifth less per second; the zips run on both."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "memory_megabytes" {
  description = "Memory per function; respond is the value of both responders. 1,769 MB give one vCPU."
  type = object({
    deduplicate = optional(number, 1024)
    score       = optional(number, 1024)
    route       = optional(number, 1024)
    record      = optional(number, 1024)
    operate     = optional(number, 1024)
    answer      = optional(number, 1024)
    learn       = optional(number, 1024)
    respond     = optional(number, 1769)
  })
  default = {}

  validation {
    condition     = alltrue([for megabytes in values(var.memory_megabytes) : megabytes >= 512 && megabytes <= 10240 && floor(megabytes) == megabytes])
    error_message = "memory_megabytes must be whole numbers from 512 to 10240. Below 512 MB a cold start takes too long."
  }
}

variable "maximum_concurrency" {
  description = "Concurrent invocations per function; respond is the value of each responder. It limits the cost of an alert storm, the rate of messages to Slack, and the damage of a wrong playbook."
  type = object({
    deduplicate = optional(number, 20)
    score       = optional(number, 10)
    route       = optional(number, 2)
    record      = optional(number, 5)
    operate     = optional(number, 5)
    answer      = optional(number, 2)
    learn       = optional(number, 2)
    respond     = optional(number, 5)
  })
  default = {}

  validation {
    condition     = alltrue([for number in values(var.maximum_concurrency) : number >= 2 && number <= 1000 && floor(number) == number])
    error_message = "maximum_concurrency must be whole numbers from 2 (Lambda's minimum) to 1000. To stop a function, see \"Kill switch\" in the README."
  }
  validation {
    condition     = var.maximum_concurrency.respond <= 20
    error_message = "maximum_concurrency.respond must be at most 20: with more, an alert storm could act on half a cluster before budgets are read again."
  }
}

# ---- What is stored, and where alarms go

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a value that CloudWatch allows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, … (0, unlimited, is not allowed)."
  }
}

variable "archive_retention_days" {
  description = "Retention of the bus's archive, in days. A replayed event never leads to a response."
  type        = number
  default     = 30

  validation {
    condition     = var.archive_retention_days >= 1 && floor(var.archive_retention_days) == var.archive_retention_days
    error_message = "archive_retention_days must be a whole number of at least 1."
  }
}

variable "incident_retention_days" {
  description = "How long the record of an incident is kept after its latest event, in days."
  type        = number
  default     = 90

  validation {
    condition     = var.incident_retention_days >= 1 && floor(var.incident_retention_days) == var.incident_retention_days
    error_message = "incident_retention_days must be a whole number of at least 1."
  }
}

variable "deletion_protection" {
  description = "Deletion protection of the tables. The ledger holds what is needed to undo responses: wait until every containment is released before you set this to false and destroy."
  type        = bool
  default     = true
}

variable "evidence_bucket" {
  description = "Name of a bucket of yours in which capture-evidence stores evidence, below evidence/. It needs Object Lock with a default retention; if it is in another account, its policy must allow respond_role_arn. Default: the module creates a bucket with Object Lock, versions, encryption and without public access."
  type        = string
  default     = null

  validation {
    condition     = var.evidence_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.evidence_bucket))
    error_message = "evidence_bucket must be the name of one bucket, not an ARN: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "evidence_retention_days" {
  description = "How many days the evidence in the module's bucket cannot be deleted. It is deleted two days after that. A change applies to new evidence only."
  type        = number
  default     = 90

  validation {
    condition     = var.evidence_retention_days >= 1 && var.evidence_retention_days <= 36500 && floor(var.evidence_retention_days) == var.evidence_retention_days
    error_message = "evidence_retention_days must be a whole number from 1 to 36500."
  }
}

variable "alarm_topic_arns" {
  description = "SNS topics for all alarms and their end. Without a topic, alarms are only visible in CloudWatch."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[^*?]+$", arn))])
    error_message = "alarm_topic_arns must be ARNs of SNS topics."
  }
}

variable "runbook_url" {
  description = "Address of the runbook of the alarms: docs/alarms.md of this repository, as your forge shows it, or a copy of yours with the same headings. Each alarm's description ends with it and the heading."
  type        = string
  default     = null

  validation {
    condition     = var.runbook_url == null ? true : can(regex("^https://[^ #]+$", var.runbook_url))
    error_message = "runbook_url must be an https:// address without # and spaces."
  }
}

variable "operators" {
  description = "ARNs of the IAM roles and users whose commands the bus accepts (approve, undo, extend, stop, resume); * matches any text within an ARN's part. Default: none, so the bus denies every command except silences. operators in policy/settings.yaml can restrict this further."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.operators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.*[^*/?].*$", arn))])
    error_message = "operators must be ARNs of IAM roles or users with an account and a name, such as arn:aws:iam::123456789012:role/on-call or arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_on-call_*."
  }
}

variable "slack" {
  description = <<-EOT
    Lets people command from Slack: buttons of messages, and /cattleguard. Without it there is no function operate. operators in policy/settings.yaml must name them as slack:<user id>; it names none by default.
      signing_secret_arn  ARN of the secret in Secrets Manager with the app's signing secret, as plain text
      secret_kms_key_arn  ARN of the key that encrypts that secret, if it is not AWS's own
      team_ids            the workspaces (T…) or organisations (E…) that may command; default: every one in which the app is installed
  EOT
  type = object({
    signing_secret_arn = string
    secret_kms_key_arn = optional(string)
    team_ids           = optional(set(string), [])
  })
  default = null

  # A wildcard would let the function read other secrets.
  validation {
    condition     = var.slack == null ? true : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[0-9A-Za-z/_+=.@-]{1,512}$", var.slack.signing_secret_arn))
    error_message = "slack.signing_secret_arn must be the ARN of one secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-a1b2c3"
  }
  validation {
    condition     = var.slack == null ? true : var.slack.secret_kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.slack.secret_kms_key_arn))
    error_message = "slack.secret_kms_key_arn must be the ARN of a key, not of an alias: arn:aws:kms:…:key/…"
  }
  validation {
    condition     = var.slack == null ? true : alltrue([for id in var.slack.team_ids : can(regex("^[TE][0-9A-Z]{2,30}$", id))])
    error_message = "slack.team_ids must be IDs of workspaces (T…) or organisations (E…)."
  }
}

variable "canary_minutes" {
  description = "Interval of the canary, a synthetic alert of the lowest severity that passes all steps; one alarm per step reports when it is missing. Each canary is a new problem. Only the SIEM receives it; people are not notified."
  type        = number
  default     = 15

  validation {
    condition     = var.canary_minutes >= 5 && var.canary_minutes <= 60 && floor(var.canary_minutes) == var.canary_minutes
    error_message = "canary_minutes must be a whole number from 5 to 60."
  }
}

variable "kms_key_arn" {
  description = "ARN of your KMS key for bus, queues, tables, logs, evidence and the functions' environment variables. The README lists what its key policy must allow. Default: AWS's own keys."
  type        = string
  default     = null

  # Only some of the services resolve an alias.
  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, not of an alias: arn:aws:kms:…:key/…"
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of all roles of this module."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[^*?]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy."
  }
}
