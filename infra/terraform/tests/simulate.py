"""Reads `terraform show -json` of tests/moto and judges it as IAM would: every call that the code makes is allowed, and calls
that it must never make are not. Then it strikes out every statement, action and condition, one at a time, and looks whether
that is missed: nothing in a policy is superfluous, and nothing goes unjudged. It also looks at what an apply shows best: every
target and every queue has somewhere to put what it cannot deliver."""

import fnmatch
import functools
import json
import re
import sys

ACCOUNT, REGION = "123456789012", "eu-central-1"
OTHER_BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"

# ---- IAM's evaluation, as far as these policies go


def listed(value):
    return value if isinstance(value, list) else [value]


@functools.cache
def matches(pattern, text):
    # fnmatch knows [sets], IAM does not.
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


VARIABLE = re.compile(r"\$\{([^}]+)\}")


def resolved(want, context):
    """The values with their policy variables filled in; one whose variable the request lacks matches nothing."""
    return [
        VARIABLE.sub(lambda found: context[found[1]], w) if "${" in w else w
        for w in listed(want)
        if "${" not in w or all(name in context for name in VARIABLE.findall(w))
    ]


OPERATORS = {
    "StringEquals": lambda have, want: have in want,
    "StringNotEquals": lambda have, want: have not in want,
    "StringNotLike": lambda have, want: not (have is not None and any(matches(w, have) for w in want)),
    "StringLike": lambda have, want: have is not None and any(matches(w, have) for w in want),
    "ArnEquals": lambda have, want: have is not None and any(matches(w, have) for w in want),
    "ArnLike": lambda have, want: have is not None and any(matches(w, have) for w in want),
    "ArnNotLike": lambda have, want: not (have is not None and any(matches(w, have) for w in want)),
    "Null": lambda have, want: (have is None) == (want == ["true"]),
    "Bool": lambda have, want: have in want,
    "ArnNotEquals": lambda have, want: not (have is not None and any(matches(w, have) for w in want)),
}


class Statement(dict):
    """Equal only to itself, so that what was found out about it can be kept: thousands of strokes leave most statements alone."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__


@functools.cache
def concerns(statement, action, resource):
    return any(matches(a.lower(), action.lower()) for a in listed(statement["Action"])) and any(
        matches(r, resource) for r in listed(statement.get("Resource", "*"))
    )


def applies(statement, action, resource, context):
    return (
        concerns(statement, action, resource)
        and all(
            OPERATORS[operator](context.get(key), resolved(want, context))
            for operator, conditions in statement.get("Condition", {}).items()
            for key, want in conditions.items()
        )
    )


@functools.cache
def document(text):
    return [Statement(s) for s in listed(json.loads(text)["Statement"])]


def resources(module):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


class Missed(Exception):
    """Something is wrong; what else is does not matter."""


def judged(found, at_once=False):
    """What is wrong with these resources, a sentence each; at_once raises the first."""
    wrong = []

    def expect(holds, otherwise):
        if not holds and at_once:
            raise Missed(otherwise)
        if not holds:
            wrong.append(otherwise)

    def of(kind, ours=True):
        return [r for r in found if r["type"] == kind and (not ours or r["address"].startswith("module."))]

    def one(kind, name, index=None):
        """By its name in the root module's Terraform."""
        return next(r["values"] for r in of(kind) if r["name"] == name and r.get("index") == index)

    def named(kind, name):
        """By its name in AWS, in whichever module."""
        return next(r["values"] for r in of(kind) if r["values"]["name"] == name)

    roles = {r["values"]["name"]: r["values"]["arn"] for r in of("aws_iam_role")}
    policies = {}
    for r in of("aws_iam_role_policy"):
        policies.setdefault(r["values"]["role"], []).extend(document(r["values"]["policy"]))
    bus = one("aws_cloudwatch_event_bus", "this")["arn"]
    bus_policy = document(one("aws_cloudwatch_event_bus_policy", "this")["policy"])
    def decided(statements, principal, action, resource, context):
        """Deny, Allow or None."""
        hit = [
            s
            for s in statements
            if applies(s, action, resource, context)
            and ("Principal" not in s or s["Principal"] == "*" or any(p in ("*", principal) for p in listed(s["Principal"].get("AWS", []))))
        ]
        if any(s["Effect"] == "Deny" for s in hit):
            return "Deny"
        return "Allow" if hit else None

    def may(role, action, resource, **context):
        """role: one of ours by name, or the ARN of a role in another account, which may do everything in its own account."""
        principal = roles.get(role, role)
        context = {"aws:RequestedRegion": REGION, **context, "aws:PrincipalArn": principal, "aws:PrincipalAccount": principal.split(":")[4]}
        mine = decided(policies[role], principal, action, resource, context) if role in roles else "Allow"
        theirs = decided(bus_policy, principal, action, resource, context) if resource == bus else None
        if "Deny" in (mine, theirs):
            return False
        own_account = principal.split(":")[4] == ACCOUNT
        return "Allow" in (mine, theirs) if own_account else mine == theirs == "Allow"

    def put(role, source, detail_type, org=None, on=bus, tags=None):
        context = {f"aws:PrincipalTag/{key}": value for key, value in (tags or {}).items()}
        context.update({"aws:PrincipalOrgID": org} if org else {})
        return may(role, "events:PutEvents", on, **{"events:source": source, "events:detail-type": detail_type}, **context)

    def allowed(what, verdict):
        expect(verdict, f"must be allowed: {what}")

    def refused(what, verdict):
        expect(not verdict, f"must be refused: {what}")

    # ---- What the code does: BatchHandler's queue, DynamoTable's calls by each store, EventBridgePublisher, Lambda's log

    queue = {s: named("aws_sqs_queue", f"cattleguard-{s}")["arn"] for s in ("deduplicate", "score", "route", "record", "answer", "learn", "respond-kubernetes", "respond-aws")}
    table = {n: named("aws_dynamodb_table", f"cattleguard-{n}")["arn"] for n in ("sightings", "histories", "conversations", "models", "ledger", "incidents")}
    CALLS = {
        "deduplicate": ("sightings", ["GetItem", "BatchGetItem", "UpdateItem"], "Alert Accepted"),
        "score": ("histories", ["GetItem", "UpdateItem"], "Alert Scored"),
        "route": ("conversations", ["GetItem", "BatchGetItem", "UpdateItem"], "People Notified"),
        "record": ("incidents", ["GetItem", "UpdateItem"], None),
        "learn": ("models", ["UpdateItem"], None),
        "answer": ("incidents", ["GetItem"], None),
        "respond-kubernetes": ("ledger", ["GetItem", "BatchGetItem", "UpdateItem", "Scan"], "Response Decided"),
        "respond-aws": ("ledger", ["GetItem", "BatchGetItem", "UpdateItem", "Scan"], "Response Decided"),
    }

    # What a step reads of another step's table.
    ALSO_READS = {"answer": ("ledger", "sightings")}

    def source_of(step):
        """Both responders publish with one source."""
        return "cattleguard." + step.split("-")[0]

    dead_letters = {r["values"]["name"]: r["values"]["arn"] for r in of("aws_sqs_queue") if r["values"]["name"].endswith(("-failed", "-undelivered"))}
    for step, (keeps, verbs, says) in CALLS.items():
        role = f"cattleguard-{step}"
        # Verification and retries: a responder sends itself messages with a delay.
        for other, arn in {**queue, **dead_letters}.items():
            (allowed if other == step and step.startswith("respond-") else refused)(f"{role} SendMessage {other}", may(role, "sqs:SendMessage", arn))
        for verb in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            for other in queue:
                (allowed if other == step else refused)(f"{role} {verb} {other}", may(role, f"sqs:{verb}", queue[other]))
        for verb in ("GetItem", "BatchGetItem", "UpdateItem", "DeleteItem", "Scan", "PutItem", "Query", "DeleteTable"):
            for other in table:
                also = verb == "GetItem" and other in ALSO_READS.get(step, ())
                (allowed if also or (other == keeps and verb in verbs) else refused)(
                    f"{role} {verb} {other}", may(role, f"dynamodb:{verb}", table[other])
                )
            index = f"{table['incidents']}/index/latest"
            (allowed if step == "answer" and verb == "Query" else refused)(f"{role} {verb} {index}", may(role, f"dynamodb:{verb}", index))
        for source, (_, _, detail_type) in CALLS.items():
            if detail_type:
                (allowed if source_of(source) == source_of(step) else refused)(
                    f"{role} says {detail_type} as {source}", put(role, source_of(source), detail_type)
                )
        if says:
            refused(f"{role} says Runtime Alerts as itself", put(role, source_of(step), "Runtime Alerts"))
            refused(f"{role} publishes with another source", put(role, "somebody.else", says))
            refused(f"{role} speaks on another bus", put(role, source_of(step), says, on=OTHER_BUS))
        refused(f"{role} speaks as a sensor", put(role, "cattleguard.sensor.blue", "Runtime Alerts"))
        (allowed if step.startswith("respond-") or step == "deduplicate" else refused)(
            f"{role} answers a command", put(role, source_of(step), "Operator Command")
        )
        log = named("aws_cloudwatch_log_group", f"/aws/lambda/{role}")["arn"]
        for verb in ("CreateLogStream", "PutLogEvents"):
            allowed(f"{role} {verb}", may(role, f"logs:{verb}", f"{log}:log-stream:2026/01/01/[1]0"))
            refused(f"{role} {verb} elsewhere", may(role, f"logs:{verb}", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other:log-stream:x"))
        for never in ("iam:PassRole", "iam:CreateAccessKey", "lambda:UpdateFunctionCode", "ec2:TerminateInstances", "eks:UpdateClusterConfig"):
            refused(f"{role} {never}", may(role, never, "*"))

    # learn speaks for the sensors that report to it, under a source of its own.
    allowed("learn says a deviation", put("cattleguard-learn", "cattleguard.learn.blue", "Runtime Alerts"))
    allowed("learn says a deviation that a pod reported", put("cattleguard-learn", "cattleguard.learn.blue.cattleguard.0b3f.sensor", "Runtime Alerts"))
    refused("learn says an accepted alert", put("cattleguard-learn", "cattleguard.learn.blue", "Alert Accepted"))
    refused("learn publishes with another source", put("cattleguard-learn", "somebody.else", "Runtime Alerts"))
    refused("learn speaks on another bus", put("cattleguard-learn", "cattleguard.learn.blue", "Runtime Alerts", on=OTHER_BUS))
    refused("score says a deviation", put("cattleguard-score", "cattleguard.learn.blue", "Runtime Alerts"))
    refused("an administrator says a deviation", put(f"arn:aws:iam::{ACCOUNT}:role/administrator", "cattleguard.learn.blue", "Runtime Alerts"))
    refused("blue's sensor says a deviation", put("cattleguard-sensor-blue", "cattleguard.learn.blue", "Runtime Alerts"))

    # ---- Sensors, the canary, and other writers on buses

    SENSORS_SAY = ("Runtime Alerts", "Sensor Heartbeat", "Workload Observed")
    GREEN, ORG = "arn:aws:iam::210987654321:role/cattleguard-sensor-green-eu", "o-a1b2c3d4e5"
    ADMIN = f"arn:aws:iam::{ACCOUNT}:role/administrator"

    def POD(cluster, **other):
        """The session tags of EKS Pod Identity."""
        tags = {"eks-cluster-name": cluster, "kubernetes-namespace": "cattleguard", "kubernetes-pod-uid": "0b3f", "kubernetes-pod-name": "sensor.v2-x2x4k"}
        return {**tags, **{f"kubernetes-{key.replace('_', '-')}": value for key, value in other.items()}}

    for detail_type in SENSORS_SAY:
        allowed(f"blue's sensor says {detail_type}", put("cattleguard-sensor-blue", "cattleguard.sensor.blue", detail_type))
        refused(f"blue's sensor says {detail_type} for green", put("cattleguard-sensor-blue", "cattleguard.sensor.green", detail_type))
        allowed(f"green's sensor says {detail_type}", put(GREEN, "cattleguard.sensor.green", detail_type, ORG, tags=POD("green")))
        refused(f"green's sensor says {detail_type} from outside the organisation", put(GREEN, "cattleguard.sensor.green", detail_type, "o-zzzzzzzzzz", tags=POD("green")))
        refused(f"green's sensor says {detail_type} for blue", put(GREEN, "cattleguard.sensor.blue", detail_type, ORG, tags=POD("green")))
        refused(f"green's sensor says {detail_type} by its role from cluster red", put(GREEN, "cattleguard.sensor.green", detail_type, ORG, tags=POD("red")))
        refused(f"green's sensor says {detail_type} for a cluster of its account that is not registered", put(GREEN, "cattleguard.sensor.red", detail_type, ORG, tags=POD("red")))
        refused(f"green's sensor says {detail_type} from a cluster with the name of blue", put(GREEN, "cattleguard.sensor.blue", detail_type, ORG, tags=POD("blue")))
        refused(f"an administrator says {detail_type} for blue", put(ADMIN, "cattleguard.sensor.blue", detail_type))
        refused(f"an administrator says {detail_type} for an unknown cluster", put(ADMIN, "cattleguard.sensor.red", detail_type))
        refused(f"an administrator says {detail_type} for green", put(ADMIN, "cattleguard.sensor.green", detail_type))
        refused(f"blue's sensor says {detail_type} with another source", put("cattleguard-sensor-blue", "somebody.else", detail_type))
        refused(f"blue's sensor says {detail_type} on another bus", put("cattleguard-sensor-blue", "cattleguard.sensor.blue", detail_type, on=OTHER_BUS))
        refused(f"another role of the organisation says {detail_type}", put("arn:aws:iam::210987654321:role/x", "cattleguard.sensor.green", detail_type, ORG, tags=POD("green")))
    # The source of an alert is that of the session's own pod.
    identified = any(r["index"] == "blue" for r in of("aws_eks_pod_identity_association"))
    for role, cluster, org in [(GREEN, "green", ORG)] + [("cattleguard-sensor-blue", "blue", None)] * identified:
        own = f"cattleguard.sensor.{cluster}.cattleguard.0b3f.sensor.v2-x2x4k"
        allowed(f"{cluster}'s sensor says Runtime Alerts as its pod", put(role, own, "Runtime Alerts", org, tags=POD(cluster)))
        for what, tags in (
            ("another pod", POD(cluster, pod_name="sensor.v2-p9p8z", pod_uid="7c8d")),
            ("a namesake of the pod", POD(cluster, pod_uid="7c8d")),
            ("a pod of another name", POD(cluster, pod_name="sensor")),
            ("a pod of another namespace", POD(cluster, namespace="default")),
            ("the same pod of another cluster", POD("red")),
            ("a session without tags", {}),
        ):
            refused(f"{what} says Runtime Alerts as a pod of {cluster}", put(role, own, "Runtime Alerts", org, tags=tags))
        for what, source in (
            ("a pod that differs by where the dots are", f"cattleguard.sensor.{cluster}.cattleguard.0b3f.sensor"),
            ("a pattern", f"cattleguard.sensor.{cluster}.*"),
            ("a pod of a longer name", own + ".x"),
            ("a pod of blue" if cluster == "green" else "a pod of green", own.replace(cluster, "blue" if cluster == "green" else "green")),
        ):
            refused(f"{cluster}'s sensor says Runtime Alerts as {what}", put(role, source, "Runtime Alerts", org, tags=POD(cluster)))
        refused(f"{cluster}'s sensor says Alert Scored as its pod", put(role, own, "Alert Scored", org, tags=POD(cluster)))
        refused(f"{cluster}'s sensor speaks as its pod on another bus", put(role, own, "Runtime Alerts", org, on=OTHER_BUS, tags=POD(cluster)))
        refused(f"an administrator speaks as {cluster}'s pod", put(ADMIN, own, "Runtime Alerts", tags=POD(cluster)))
        refused("another role speaks as the pod", put("arn:aws:iam::210987654321:role/x", own, "Runtime Alerts", ORG, tags=POD(cluster)))
    if identified:
        own = "cattleguard.sensor.blue.cattleguard.0b3f.sensor.v2-x2x4k"
        refused("blue's sensor sends heartbeats as its pod", put("cattleguard-sensor-blue", own, "Sensor Heartbeat", tags=POD("blue")))
    refused("an administrator speaks as a pod of an unknown cluster", put(ADMIN, "cattleguard.sensor.red.a.b.c", "Runtime Alerts", tags=POD("red")))
    refused("an administrator speaks as a pod of the canary", put(ADMIN, "cattleguard.sensor.canary.a.b.c", "Runtime Alerts"))

    for says in ("Alert Accepted", "Alert Scored", "Response Decided"):
        refused(f"blue's sensor says {says}", put("cattleguard-sensor-blue", "cattleguard.sensor.blue", says))
        refused(f"green's sensor says {says}", put(GREEN, "cattleguard.sensor.green", says, ORG, tags=POD("green")))
        refused(f"the canary says {says}", put("cattleguard-canary", "cattleguard.sensor.canary", says))
    for step in ("deduplicate", "score", "route", "respond-aws"):
        refused(f"an administrator speaks as {step}", put(ADMIN, source_of(step), CALLS[step][2]))
    allowed("an administrator puts an event with another source", put(ADMIN, "somebody.else", "Whatever"))
    refused("green's sensor puts an event of its own", put(GREEN, "somebody.else", "Runtime Alerts", ORG))
    refused("an administrator sings", put(ADMIN, "cattleguard.sensor.canary", "Runtime Alerts"))
    refused("the canary publishes with another source", put("cattleguard-canary", "somebody.else", "Runtime Alerts"))
    refused("the canary publishes on another bus", put("cattleguard-canary", "cattleguard.sensor.canary", "Runtime Alerts", on=OTHER_BUS))
    refused("the canary writes into another queue", may("cattleguard-canary", "sqs:SendMessage", queue["respond-kubernetes"]))
    allowed("the canary publishes", put("cattleguard-canary", "cattleguard.sensor.canary", "Runtime Alerts"))
    refused("the canary publishes as the sensor of blue", put("cattleguard-canary", "cattleguard.sensor.blue", "Runtime Alerts"))
    allowed("what the canary could not say is kept", may("cattleguard-canary", "sqs:SendMessage", one("aws_sqs_queue", "canary_undelivered")["arn"]))

    # ---- Operators

    CALLER = "AROAEXAMPLEID:ann"

    def command(role, caller=CALLER, detail_type="Operator Command"):
        context = {"events:source": f"cattleguard.operator.{caller}", "events:detail-type": detail_type, "aws:userid": CALLER}
        return may(role, "events:PutEvents", bus, **context)

    ON_CALL = f"arn:aws:iam::{ACCOUNT}:role/on-call"
    allowed("a person on call commands", command(ON_CALL))
    refused("a person on call commands in another's name", command(ON_CALL, "AROAEXAMPLEID:bob"))
    refused("a person on call says something else", command(ON_CALL, detail_type="Alert Scored"))
    refused("an administrator commands", command(ADMIN))
    refused("a responder commands", command("cattleguard-respond-aws"))

    # ---- operate: commands of people in Slack

    OPERATE = "cattleguard-operate"
    SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack-a1b2c3"
    allowed("operate commands", put(OPERATE, "cattleguard.operator", "Operator Command"))
    allowed("operate asks", put(OPERATE, "cattleguard.operator", "Question Asked"))
    refused("operate asks on another bus", put(OPERATE, "cattleguard.operator", "Question Asked", on=OTHER_BUS))
    for other in ("cattleguard-answer", "cattleguard-route", ON_CALL, ADMIN):
        refused(f"{other} asks as operate", put(other, "cattleguard.operator", "Question Asked"))
    refused("answer reads a secret", may("cattleguard-answer", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack-a1b2c3"))
    refused("operate says something else", put(OPERATE, "cattleguard.operator", "Alert Scored"))
    refused("operate commands on another bus", put(OPERATE, "cattleguard.operator", "Operator Command", on=OTHER_BUS))
    refused("operate publishes with another source", put(OPERATE, "somebody.else", "Operator Command"))
    for source in ("cattleguard.operator.AROAEXAMPLEID:ann", "cattleguard.respond", "cattleguard.sensor.blue"):
        refused(f"operate speaks as {source}", put(OPERATE, source, "Operator Command"))
    for other in ("cattleguard-deduplicate", "cattleguard-respond-aws", "cattleguard-canary", ON_CALL, ADMIN):
        refused(f"{other} speaks as operate", put(other, "cattleguard.operator", "Operator Command"))
    allowed("operate reads its secret", may(OPERATE, "secretsmanager:GetSecretValue", SECRET))
    refused("operate reads another secret", may(OPERATE, "secretsmanager:GetSecretValue", SECRET.replace("slack", "root")))
    refused("operate changes its secret", may(OPERATE, "secretsmanager:PutSecretValue", SECRET))
    log = named("aws_cloudwatch_log_group", f"/aws/lambda/{OPERATE}")["arn"]
    for verb in ("CreateLogStream", "PutLogEvents"):
        allowed(f"operate {verb}", may(OPERATE, f"logs:{verb}", f"{log}:log-stream:2026/01/01/[1]0"))
        refused(f"operate {verb} elsewhere", may(OPERATE, f"logs:{verb}", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other:log-stream:x"))
    for arn in table.values():
        for verb in ("GetItem", "UpdateItem", "Scan", "Query"):
            refused(f"operate {verb} {arn}", may(OPERATE, f"dynamodb:{verb}", arn))
    for arn in queue.values():
        refused(f"operate SendMessage {arn}", may(OPERATE, "sqs:SendMessage", arn))

    # ---- What respond may touch

    EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
    TAG, GROUP, INTERFACE = {"aws:ResourceTag/cattleguard:respond": "allowed"}, f"{EC2}:security-group/sg-1", f"{EC2}:network-interface/eni-1"

    def ec2(verb, resource, **context):
        return may("cattleguard-respond-aws", f"ec2:{verb}", resource, **context)

    for verb in ("DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSecurityGroupRules"):
        allowed(f"respond {verb}", ec2(verb, "*"))
        refused(f"respond {verb} in another region", ec2(verb, "*", **{"aws:RequestedRegion": "us-east-1"}))
    # One call, and each of its resources is asked for: the interface, and every group that it gets.
    SWAP, RESTORE, NO = "ModifyNetworkInterfaceAttribute", {"aws:ResourceTag/cattleguard:respond": "restore"}, {"aws:ResourceTag/cattleguard:respond": "no"}
    quarantine = one("aws_security_group", "quarantine", "main")
    VPC = {"ec2:Vpc": f"{EC2}:vpc/{quarantine['vpc_id']}"}
    ADDED = {"aws:ResourceTag/node.k8s.amazonaws.com/instance_id": "i-0123456789abcdef0"}
    allowed("respond swaps groups of a tagged interface", ec2(SWAP, INTERFACE, **TAG))
    allowed("respond swaps groups of an interface that the VPC CNI added", ec2(SWAP, INTERFACE, **ADDED, **VPC))
    refused("respond swaps groups of one that it added in another VPC", ec2(SWAP, INTERFACE, **ADDED, **{"ec2:Vpc": f"{EC2}:vpc/vpc-2"}))
    refused("respond swaps groups of an interface without tags in the VPC", ec2(SWAP, INTERFACE, **VPC))
    refused("respond swaps groups of an interface without the tag", ec2(SWAP, INTERFACE))
    refused("respond swaps groups of one with another tag", ec2(SWAP, INTERFACE, **NO))
    refused("respond swaps groups of one that may only be restored", ec2(SWAP, INTERFACE, **RESTORE))
    refused("respond changes an interface of another account", ec2(SWAP, INTERFACE.replace(ACCOUNT, "210987654321"), **TAG))
    refused("respond changes an added interface of another account", ec2(SWAP, INTERFACE.replace(ACCOUNT, "210987654321"), **ADDED, **VPC))
    allowed("respond gives an interface the quarantine group", ec2(SWAP, quarantine["arn"], **VPC))
    allowed("respond gives an interface a tagged group back", ec2(SWAP, GROUP, **TAG))
    allowed("respond gives an interface a group back that may only be restored", ec2(SWAP, GROUP, **RESTORE))
    for what, group, context in (
        ("any group", GROUP, {}),
        ("any group of the VPC", GROUP, VPC),
        ("a group with another tag", GROUP, NO),
        ("a group of another account", GROUP.replace(ACCOUNT, "210987654321"), TAG),
        ("a group by the CNI's tag", GROUP, {**ADDED, **VPC}),
    ):
        refused(f"respond gives an interface {what}", ec2(SWAP, group, **context))
    SCALING_GROUP = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:3f0c:autoScalingGroupName/web"

    def scaling(verb, resource, **context):
        return may("cattleguard-respond-aws", f"autoscaling:{verb}", resource, **context)

    allowed("respond sees the lifecycle state of an instance", scaling("DescribeAutoScalingInstances", "*"))
    refused("respond sees it in another region", scaling("DescribeAutoScalingInstances", "*", **{"aws:RequestedRegion": "us-east-1"}))
    for verb in ("EnterStandby", "ExitStandby"):
        allowed(f"respond {verb} in a tagged Auto Scaling group", scaling(verb, SCALING_GROUP, **TAG))
        refused(f"respond {verb} in a group without the tag", scaling(verb, SCALING_GROUP))
        refused(f"respond {verb} in a group with another tag", scaling(verb, SCALING_GROUP, **NO))
        refused(f"respond {verb} in another account's group", scaling(verb, SCALING_GROUP.replace(ACCOUNT, "210987654321"), **TAG))
        refused(f"respond-kubernetes {verb}", may("cattleguard-respond-kubernetes", f"autoscaling:{verb}", SCALING_GROUP, **TAG))
    for verb in ("TerminateInstanceInAutoScalingGroup", "DetachInstances", "SetDesiredCapacity", "UpdateAutoScalingGroup", "SuspendProcesses"):
        refused(f"respond {verb}", scaling(verb, SCALING_GROUP, **TAG) or scaling(verb, "*", **TAG))
    for verb in ("RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"):
        allowed(f"respond {verb} of a tagged group", ec2(verb, GROUP, **TAG))
        refused(f"respond {verb} of a group without the tag", ec2(verb, GROUP))
        refused(f"respond {verb} of a group that may only be restored", ec2(verb, GROUP, **RESTORE))
        refused(f"respond {verb} of another account's group", ec2(verb, GROUP.replace(ACCOUNT, "210987654321"), **TAG))
    for verb in ("AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "DeleteSecurityGroup", "CreateTags", "ModifyInstanceAttribute", "StopInstances"):
        refused(f"respond {verb}", ec2(verb, GROUP, **TAG) or ec2(verb, INTERFACE, **TAG) or ec2(verb, "*", **TAG))
    USER = f"arn:aws:iam::{ACCOUNT}:user/ci/build"

    def iam(verb, resource, **context):
        return may("cattleguard-respond-aws", f"iam:{verb}", resource, **context)

    for verb in ("GetUser", "ListAccessKeys"):
        allowed(f"respond {verb}", iam(verb, USER))
        refused(f"respond {verb} of another account", iam(verb, USER.replace(ACCOUNT, "210987654321")))
    allowed("respond deactivates a key of a tagged user", iam("UpdateAccessKey", USER, **TAG))
    refused("respond deactivates a key of a user without the tag", iam("UpdateAccessKey", USER))
    refused("respond deactivates a key of a user with another tag", iam("UpdateAccessKey", USER, **NO))
    refused("respond deactivates a key of a user that may only be restored", iam("UpdateAccessKey", USER, **RESTORE))
    refused("respond deactivates a key of another account", iam("UpdateAccessKey", USER.replace(ACCOUNT, "210987654321"), **TAG))
    refused("respond deactivates a key of the root user", iam("UpdateAccessKey", f"arn:aws:iam::{ACCOUNT}:root", **TAG))
    refused("respond-kubernetes deactivates a key", may("cattleguard-respond-kubernetes", "iam:UpdateAccessKey", USER, **TAG))
    for verb in ("CreateAccessKey", "DeleteAccessKey", "CreateLoginProfile", "AttachUserPolicy", "PutUserPolicy", "TagUser", "UntagUser", "DeleteUser"):
        refused(f"respond {verb}", iam(verb, USER, **TAG) or iam(verb, "*", **TAG))
    ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    for verb in ("GetRole", "GetRolePolicy", "ListAttachedRolePolicies"):
        allowed(f"respond {verb}", iam(verb, ROLE))
        refused(f"respond {verb} of another account", iam(verb, ROLE.replace(ACCOUNT, "210987654321")))
    for verb in ("PutRolePolicy", "DeleteRolePolicy"):
        allowed(f"respond {verb} of a tagged role", iam(verb, ROLE, **TAG))
        refused(f"respond {verb} of a role without the tag", iam(verb, ROLE))
        refused(f"respond {verb} of a role with another tag", iam(verb, ROLE, **NO))
        refused(f"respond {verb} of another account", iam(verb, ROLE.replace(ACCOUNT, "210987654321"), **TAG))
        refused(f"respond-kubernetes {verb}", may("cattleguard-respond-kubernetes", f"iam:{verb}", ROLE, **TAG))
    for verb in ("AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy", "PassRole", "TagRole", "UntagRole", "DeleteRole", "CreateRole"):
        refused(f"respond {verb}", iam(verb, ROLE, **TAG) or iam(verb, "*", **TAG))
    # One call, and each of its resources is asked for: the instance, its volumes, and the snapshots that are made with their tags.
    INSTANCE, VOLUME, SNAPSHOT = f"{EC2}:instance/i-1", f"{EC2}:volume/vol-1", f"arn:aws:ec2:{REGION}::snapshot/*"
    MARK = {"aws:RequestTag/cattleguard:evidence": "f00d"}
    MADE = {**MARK, "ec2:CreateAction": "CreateSnapshots"}
    for verb in ("DescribeVolumes", "DescribeSnapshots"):
        allowed(f"respond {verb}", ec2(verb, "*"))
        refused(f"respond {verb} in another region", ec2(verb, "*", **{"aws:RequestedRegion": "us-east-1"}))
    allowed("respond takes snapshots of a tagged instance", ec2("CreateSnapshots", INSTANCE, **TAG))
    allowed("respond takes snapshots of its volumes", ec2("CreateSnapshots", VOLUME))
    allowed("respond makes snapshots as evidence", ec2("CreateSnapshots", SNAPSHOT, **MARK))
    allowed("respond tags the snapshots that it makes", ec2("CreateTags", SNAPSHOT, **MADE))
    for what, verb, resource, context in (
        ("takes snapshots of an instance without the tag", "CreateSnapshots", INSTANCE, MARK),
        ("takes snapshots of one with another tag", "CreateSnapshots", INSTANCE, {**MARK, **NO}),
        ("takes snapshots of one that may only be restored", "CreateSnapshots", INSTANCE, {**MARK, **RESTORE}),
        ("takes snapshots of another account's instance", "CreateSnapshots", INSTANCE.replace(ACCOUNT, "210987654321"), {**MARK, **TAG}),
        ("takes snapshots of another account's volumes", "CreateSnapshots", VOLUME.replace(ACCOUNT, "210987654321"), MARK),
        ("makes snapshots without the tag of evidence", "CreateSnapshots", SNAPSHOT, {}),
        ("tags a snapshot that is there already", "CreateTags", SNAPSHOT, MARK),
        ("tags without the tag of evidence", "CreateTags", SNAPSHOT, {"ec2:CreateAction": "CreateSnapshots"}),
        ("tags an instance", "CreateTags", INSTANCE, {**MADE, **TAG}),
        ("tags a volume", "CreateTags", VOLUME, MADE),
    ):
        refused(f"respond {what}", ec2(verb, resource, **context))
    for verb in ("DeleteSnapshot", "ModifySnapshotAttribute", "CopySnapshot", "CreateVolume", "DeleteTags"):
        refused(f"respond {verb}", ec2(verb, SNAPSHOT, **MADE) or ec2(verb, "*", **MADE))
    LISTED, OTHER = "arn:aws:s3:::reports-of-example", "arn:aws:s3:::reports-of-example-2"

    def of_bucket(verb, resource, role="cattleguard-respond-aws"):
        return may(role, f"s3:{verb}", resource)

    for verb in ("GetBucketLocation", "GetBucketTagging", "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"):
        allowed(f"respond {verb} of a listed bucket", of_bucket(verb, LISTED))
        refused(f"respond {verb} of another bucket", of_bucket(verb, OTHER))
        refused(f"respond-kubernetes {verb}", of_bucket(verb, LISTED, "cattleguard-respond-kubernetes"))
    for verb in ("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "DeleteBucket", "ListBucket", "PutBucketTagging"):
        refused(f"respond {verb}", of_bucket(verb, LISTED))
    for verb in ("GetObject", "PutObject", "DeleteObject"):
        refused(f"respond {verb}", of_bucket(verb, LISTED + "/a"))
    SET = "arn:aws:wafv2:eu-central-1:123456789012:regional/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001"
    PREFIXES = "arn:aws:ec2:eu-central-1:123456789012:prefix-list/pl-0123456789abcdef0"
    for verb, resource in (("wafv2:UpdateIPSet", SET), ("ec2:ModifyManagedPrefixList", PREFIXES)):
        allowed(f"respond {verb} of a listed list", may("cattleguard-respond-aws", verb, resource))
        refused(f"respond {verb} of another list", may("cattleguard-respond-aws", verb, resource + "0"))
        refused(f"respond-kubernetes {verb}", may("cattleguard-respond-kubernetes", verb, resource))
    for verb in ("DescribeVpcs", "DescribeAddresses", "DescribeManagedPrefixLists", "GetManagedPrefixListEntries", "GetManagedPrefixListAssociations", "DescribeVerifiedAccessInstanceWebAclAssociations"):
        allowed(f"respond {verb}", ec2(verb, "*", **{"aws:RequestedRegion": REGION}))
        refused(f"respond {verb} elsewhere", ec2(verb, "*", **{"aws:RequestedRegion": "us-east-1"}))
    # What ListResourcesForWebACL asks of other services, it needs permissions for.
    for verb in ("wafv2:ListWebACLs", "wafv2:GetWebACL", "wafv2:GetIPSet", "wafv2:ListResourcesForWebACL", "cognito-idp:ListResourcesForWebACL", "apprunner:ListAssociatedServicesForWebAcl"):
        allowed(f"respond {verb}", may("cattleguard-respond-aws", verb, "*", **{"aws:RequestedRegion": REGION}))
        refused(f"respond {verb} elsewhere", may("cattleguard-respond-aws", verb, "*", **{"aws:RequestedRegion": "us-east-1"}))
    for verb in ("UpdateWebACL", "DeleteIPSet", "CreateIPSet", "DeleteWebACL", "PutPermissionPolicy", "AssociateWebACL", "DisassociateWebACL"):
        refused(f"respond {verb}", may("cattleguard-respond-aws", f"wafv2:{verb}", SET))
    for verb in ("DeleteManagedPrefixList", "CreateRoute", "ReplaceRoute", "RestoreManagedPrefixListVersion"):
        refused(f"respond {verb}", ec2(verb, PREFIXES))
    allowed("respond reaches green's account", may("cattleguard-respond-kubernetes", "sts:AssumeRole", "arn:aws:iam::210987654321:role/cattleguard-respond-green"))
    for verb in ("DescribeInstances", "ModifyNetworkInterfaceAttribute", "RevokeSecurityGroupIngress"):
        refused(f"respond-kubernetes {verb}", may("cattleguard-respond-kubernetes", f"ec2:{verb}", INTERFACE, **TAG))
    refused("respond-aws takes a role", may("cattleguard-respond-aws", "sts:AssumeRole", "arn:aws:iam::210987654321:role/cattleguard-respond-green"))
    refused("respond takes any other role", may("cattleguard-respond-kubernetes", "sts:AssumeRole", "arn:aws:iam::210987654321:role/administrator"))

    # ---- Evidence: what respond-kubernetes may store and read, and what nobody may

    EVIDENCE = "arn:aws:s3:::cattleguard-evidence-" + ACCOUNT + "-" + REGION
    PART, MANIFEST, NEW = f"{EVIDENCE}/evidence/f00d/parts/0a1b", f"{EVIDENCE}/evidence/f00d/manifests/000001.json", {"s3:if-none-match": "*"}
    bucket_policy = document(one("aws_s3_bucket_policy", "evidence", "own")["policy"])

    def s3(verb, resource, role="cattleguard-respond-kubernetes", tls="true", **context):
        """An administrator's own policies allow everything."""
        principal, context = roles.get(role, role), {"aws:SecureTransport": tls, **context}
        mine = decided(policies[role], principal, f"s3:{verb}", resource, context) if role in roles else "Allow"
        return mine == "Allow" and decided(bucket_policy, principal, f"s3:{verb}", resource, context) != "Deny"

    for key in (PART, MANIFEST):
        allowed(f"respond stores {key}", s3("PutObject", key, **NEW))
        refused(f"respond overwrites {key}", s3("PutObject", key))
        # In a bucket of the user's, only the role's own policy holds.
        mine = decided(policies["cattleguard-respond-kubernetes"], roles["cattleguard-respond-kubernetes"], "s3:PutObject", key, {})
        refused(f"respond overwrites {key} in a bucket without that policy", mine == "Allow")
        refused(f"respond stores {key} without TLS", s3("PutObject", key, tls="false", **NEW))
        allowed(f"an administrator stores {key}", s3("PutObject", key, ADMIN, **NEW))
        refused(f"an administrator overwrites {key}", s3("PutObject", key, ADMIN))
        allowed(f"an administrator reads {key}", s3("GetObject", key, ADMIN))
        refused(f"an administrator reads {key} without TLS", s3("GetObject", key, ADMIN, tls="false"))
        for verb in ("DeleteObject", "DeleteObjectVersion", "PutObjectRetention", "PutObjectLegalHold", "BypassGovernanceRetention", "GetObjectVersion"):
            refused(f"respond {verb} {key}", s3(verb, key, **NEW))
    allowed("respond reads a manifest", s3("GetObject", MANIFEST))
    refused("respond reads a part", s3("GetObject", PART))
    for other in (f"{EVIDENCE}/elsewhere/f00d", "arn:aws:s3:::other/evidence/f00d/manifests/000001.json"):
        refused(f"respond stores {other}", s3("PutObject", other, **NEW))
        refused(f"respond reads {other}", s3("GetObject", other))
    FOLDER = {"s3:prefix": "evidence/f00d/manifests/"}
    allowed("respond lists manifests", s3("ListBucket", EVIDENCE, **FOLDER))
    for what, context in (("parts", {"s3:prefix": "evidence/f00d/parts/"}), ("all incidents", {"s3:prefix": "evidence/"}), ("everything", {})):
        refused(f"respond lists {what}", s3("ListBucket", EVIDENCE, **context))
    refused("respond lists manifests of another bucket", s3("ListBucket", "arn:aws:s3:::other", **FOLDER))
    refused("an administrator lists without TLS", s3("ListBucket", EVIDENCE, ADMIN, tls="false"))
    for verb in ("PutBucketPolicy", "PutBucketObjectLockConfiguration", "PutLifecycleConfiguration", "DeleteBucket"):
        refused(f"respond {verb}", s3(verb, EVIDENCE))
    for step in CALLS:
        if step != "respond-kubernetes":
            refused(f"{step} stores evidence", s3("PutObject", PART, f"cattleguard-{step}", **NEW))
            refused(f"{step} reads evidence", s3("GetObject", MANIFEST, f"cattleguard-{step}"))

    for role, statements in policies.items():
        for statement in statements:
            expect(statement.get("Sid"), f"{role} has a statement without a name: {statement}")

    # ---- Who may take the roles

    def takes_on(role, action, kind, who, **context):
        trust = document(next(r["values"] for r in of("aws_iam_role") if r["values"]["name"] == role)["assume_role_policy"])
        return any(who in listed(s["Principal"].get(kind, [])) and applies(s, action, "*", context) for s in trust)

    for step in (*CALLS, "operate"):
        allowed(f"Lambda is {step}", takes_on(f"cattleguard-{step}", "sts:AssumeRole", "Service", "lambda.amazonaws.com"))
    ours, theirs = {"aws:SourceAccount": ACCOUNT}, {"aws:SourceAccount": "210987654321"}
    allowed("Scheduler is the canary", takes_on("cattleguard-canary", "sts:AssumeRole", "Service", "scheduler.amazonaws.com", **ours))
    refused("another account's Scheduler is the canary", takes_on("cattleguard-canary", "sts:AssumeRole", "Service", "scheduler.amazonaws.com", **theirs))

    def web_identity(sub, aud="sts.amazonaws.com", issuer="oidc.example.com/id/BLUE"):
        provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
        return takes_on(
            "cattleguard-sensor-blue", "sts:AssumeRoleWithWebIdentity", "Federated", provider, **{f"{issuer}:sub": sub, f"{issuer}:aud": aud}
        )

    SENSOR = "system:serviceaccount:cattleguard:cattleguard-sensor"
    allowed("the sensor's service account is blue's sensor", web_identity(SENSOR))
    refused("another service account is blue's sensor", web_identity("system:serviceaccount:default:default"))
    refused("a token for another audience makes blue's sensor", web_identity(SENSOR, aud="somebody.else"))
    refused("another cluster's service account is blue's sensor", web_identity(SENSOR, issuer="oidc.example.com/id/RED"))

    def pod_identity(other):
        context = {
            "aws:SourceAccount": ACCOUNT,
            "aws:SourceArn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/blue",
            "aws:RequestTag/kubernetes-namespace": "cattleguard",
            "aws:RequestTag/kubernetes-service-account": "cattleguard-sensor",
            **other,
        }
        return [takes_on("cattleguard-sensor-blue", action, "Service", "pods.eks.amazonaws.com", **context) for action in ("sts:AssumeRole", "sts:TagSession")]

    if identified:
        allowed("a pod of the sensor's service account is blue's sensor", pod_identity({}) == [True, True])
        refused("a pod of another account is blue's sensor", any(pod_identity({"aws:SourceAccount": "210987654321"})))
        refused("a pod of another cluster is blue's sensor", any(pod_identity({"aws:SourceArn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/red"})))
        refused("a pod of another namespace is blue's sensor", any(pod_identity({"aws:RequestTag/kubernetes-namespace": "default"})))
        refused("a pod of another service account is blue's sensor", any(pod_identity({"aws:RequestTag/kubernetes-service-account": "default"})))

    # ---- Nothing is dropped silently

    queues = {r["values"]["arn"]: r["values"] for r in of("aws_sqs_queue", ours=False)}
    queue_policies = {r["values"]["queue_url"]: document(r["values"]["policy"]) for r in of("aws_sqs_queue_policy")}

    def takes(arn, rule):
        return any(
            s["Effect"] == "Allow" and "events.amazonaws.com" in listed(s["Principal"].get("Service", []))
            and applies(s, "sqs:SendMessage", arn, {"aws:SourceArn": rule})
            for s in queue_policies.get(queues[arn]["url"], [])
        )

    rules = {(r["values"]["event_bus_name"] or "default", r["values"]["name"]): r["values"]["arn"] for r in of("aws_cloudwatch_event_rule")}
    targets = of("aws_cloudwatch_event_target")
    aimed = [((t["values"]["event_bus_name"] or "default", t["values"]["rule"]), t["values"]["arn"]) for t in targets]
    expect({rule for rule, _ in aimed} == set(rules) and len(rules) > 0, "a rule has no target")
    expect(len(aimed) == len(set(aimed)), "a rule sends an event to the same target twice")
    timed = {t["values"]["arn"]: json.loads(t["values"]["input"]) for t in targets if t["values"]["rule"] == "cattleguard-lease-timer"}
    timer = {"detail-type": "Lease Timer", "source": "cattleguard.timer", "detail": {}}
    expect(timed == {queue[s]: timer for s in queue if s.startswith("respond-")}, f"each responder is told the time: {timed}")
    for target in targets:
        values = target["values"]
        rule = rules[(values["event_bus_name"] or "default", values["rule"])]
        letters = [d["arn"] for d in values["dead_letter_config"]]
        expect(letters and letters[0] in queues, f"{target['address']} has no queue for what it cannot deliver")
        for arn in letters + ([values["arn"]] if ":sqs:" in values["arn"] else []):
            expect(takes(arn, rule), f"{arn} does not take what {rule} sends")
            expect(not takes(arn, rule + "-other"), f"{arn} takes what anybody sends")
    for arn, values in queues.items():
        kept = values["name"].endswith(("-failed", "-undelivered")) or values["name"] == "witness"
        redrive = json.loads(values["redrive_policy"] or "{}")
        expect(kept or redrive.get("deadLetterTargetArn") in queues, f"{arn} has no queue for what failed")
        if kept and values["name"] != "witness":
            alarmed = any(a["values"]["dimensions"] == {"QueueName": values["name"]} for a in of("aws_cloudwatch_metric_alarm"))
            expect(alarmed, f"no alarm watches {arn}")
    expect(one("aws_scheduler_schedule", "canary")["target"][0]["dead_letter_config"], "the canary has no queue for what it cannot deliver")

    log = one("aws_cloudwatch_log_group", "heartbeat")["arn"]
    heartbeats = document(one("aws_cloudwatch_log_resource_policy", "heartbeat")["policy_document"])
    rule = rules["cattleguard", "cattleguard-heartbeat"]
    # EventBridge names its rule when it writes into a log stream, and not when it creates one.
    for verb, context, verdict in (
        ("CreateLogStream", {}, allowed),
        ("PutLogEvents", {"aws:SourceArn": rule}, allowed),
        ("PutLogEvents", {"aws:SourceArn": rule + "-other"}, refused),
        ("PutLogEvents", {}, refused),
    ):
        for stream, holds in ((f"{log}:log-stream:x", verdict), (log.replace("heartbeat", "other") + ":log-stream:x", refused)):
            written = [s for s in heartbeats if applies(s, f"logs:{verb}", stream, context)]
            holds(f"EventBridge {verb} {stream} {context}", any("events.amazonaws.com" in listed(s["Principal"]["Service"]) for s in written))

    # ---- The canary is an event as a sensor writes it

    detail = one("aws_scheduler_schedule", "canary")["target"][0]["input"]
    for word, value in (("execution-id", "9a0ab35e-1e6b-4f0e-8a0e-6c1f4d0a7c11"), ("scheduled-time", "2026-03-02T09:15:00Z")):
        expect(f"<aws.scheduler.{word}>" in detail, f"the canary does not say its {word}")
        detail = detail.replace(f"<aws.scheduler.{word}>", value)
    detail = json.loads(detail)
    alert = json.loads(detail["alerts"][0]["event"])
    expect(detail["cluster"] == "canary" and detail["hops"] == 0 and detail["observedAt"] == alert["time"] == "2026-03-02T09:15:00Z", f"the canary: {detail}")
    expect(alert["output_fields"]["k8s.ns.name"] == "canary-9a0ab35e-1e6b-4f0e-8a0e-6c1f4d0a7c11", f"the canary is not a problem of its own: {alert}")

    return wrong


# ---- What a reviewer may strike out: nothing

POLICIES = {
    "aws_iam_role": "assume_role_policy",
    "aws_iam_role_policy": "policy",
    "aws_cloudwatch_event_bus_policy": "policy",
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_sqs_queue_policy": "policy",
    "aws_s3_bucket_policy": "policy",
}


def strokes(statement, identity):
    """What is struck out, and what is left: the statement, an action, a condition; of what a role may, the resource, too."""
    yield "the statement", None
    actions = listed(statement["Action"])
    for action in actions if len(actions) > 1 else []:
        yield action, {**statement, "Action": [a for a in actions if a != action]}
    conditions = statement.get("Condition", {})
    for operator, keys in conditions.items():
        for key in keys:
            left = {**conditions, operator: {k: v for k, v in keys.items() if k != key}}
            yield f"{operator} {key}", {**statement, "Condition": left}
    if identity and "*" not in listed(statement["Resource"]):
        yield "the resource", {**statement, "Resource": "*"}


def unmissed(found):
    """Strokes after which everything would still seem right: what is struck out is superfluous, or nothing here looks at it."""
    for at, resource in enumerate(found):
        if resource["type"] not in POLICIES or not resource["address"].startswith("module."):
            continue
        key = POLICIES[resource["type"]]
        policy = json.loads(resource["values"][key])
        statements = listed(policy["Statement"])
        for i, statement in enumerate(statements):
            for what, left in strokes(statement, resource["type"] == "aws_iam_role_policy"):
                changed = {**policy, "Statement": statements[:i] + ([left] if left else []) + statements[i + 1 :]}
                other = {**resource, "values": {**resource["values"], key: json.dumps(changed)}}
                try:
                    judged(found[:at] + [other] + found[at + 1 :], at_once=True)
                    yield f"{resource['address']}: no call needs {what} of {statement.get('Sid')}"
                except Missed:
                    pass


state = json.load(open(sys.argv[1]))
found = [r for r in resources(state["values"]["root_module"]) if r["mode"] == "managed"]
wrong = judged(found) or list(unmissed(found))
for line in wrong:
    print(line)
sys.exit(bool(wrong))
