"""Python reads this when it starts with this directory on its PYTHONPATH. For the length of one test it fixes five
things in which moto 5 is not as AWS is, so that a second plan says what it would say there: a function's SnapStart is
forgotten, a mapping onto an alias points at a version, a queue's redrive policy comes back with other white space,
functions that are not run (no Docker) do not find their layers, and EKS has no Pod Identity."""

import json
from urllib.parse import urlsplit

try:
    from moto.awslambda import models, utils
    from moto.eks import urls as eks_urls
    from moto.sqs.models import Queue
except ImportError:  # some other Python program
    models = None

if models:
    make_function = models.LambdaFunction.__init__
    configuration = models.LambdaFunction.get_configuration
    make_mapping = models.EventSourceMapping.__init__
    find_layer = models.LambdaBackend.layers_versions_by_arn
    queue_attributes = Queue.attributes

    def keep_snap_start(self, account_id, spec, *args, **kwargs):
        make_function(self, account_id, spec, *args, **kwargs)
        self.kept_snap_start = spec.get("SnapStart", {}).get("ApplyOn", "None")

    def tell_snap_start(self, *args, **kwargs):
        told = configuration(self, *args, **kwargs)
        told["SnapStart"] = {"ApplyOn": getattr(self, "kept_snap_start", "None"), "OptimizationStatus": "Off"}
        return told

    def keep_alias(self, spec):
        make_mapping(self, spec)
        if spec["FunctionName"].startswith("arn:"):
            self.function_arn = spec["FunctionName"]

    def find_layer_where_it_is(self, arn):
        return find_layer(self, arn) or find_layer(utils.get_backend(self.account_id, self.region_name), arn)

    def compact_redrive_policy(self):
        attributes = queue_attributes.fget(self)
        if attributes.get("RedrivePolicy"):
            attributes["RedrivePolicy"] = json.dumps(json.loads(attributes["RedrivePolicy"]), separators=(",", ":"))
        return attributes

    models.LambdaFunction.__init__ = keep_snap_start
    models.LambdaFunction.get_configuration = tell_snap_start
    models.EventSourceMapping.__init__ = keep_alias
    models.LambdaBackend.layers_versions_by_arn = find_layer_where_it_is
    Queue.attributes = property(compact_redrive_policy)

    # ---- EKS Pod Identity: the associations of one cluster, kept until the server ends

    associations = {}

    def answer_association(request, full_url, headers):
        cluster, _, identity = urlsplit(full_url).path.removeprefix("/clusters/").partition("/pod-identity-associations")
        identity = identity.strip("/")
        if not identity:
            asked = json.loads(request.get_data())
            identity = f"a-{len(associations) + 1}"
            associations[identity] = {
                "clusterName": cluster,
                "namespace": asked["namespace"],
                "serviceAccount": asked["serviceAccount"],
                "roleArn": asked["roleArn"],
                "associationId": identity,
                "associationArn": f"arn:aws:eks:eu-central-1:123456789012:podidentityassociation/{cluster}/{identity}",
                "tags": asked.get("tags", {}),
            }
        found = associations.get(identity)
        if found is None:
            return 404, {"x-amzn-errortype": "ResourceNotFoundException"}, json.dumps({"message": "none"})
        if request.method == "DELETE":
            del associations[identity]
        return 200, {}, json.dumps({"association": found})

    for end in ("", "/(?P<id>[^/]+)"):
        eks_urls.url_paths["{0}/clusters/(?P<name>[^/]+)/pod-identity-associations" + end + "$"] = answer_association
