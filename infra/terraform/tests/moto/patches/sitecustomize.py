"""Python reads this when it starts with this directory on its PYTHONPATH. It mends, for the length of one test, four
things in which moto 5 is not as AWS is, so that a second plan says what it would say there: a function's SnapStart is
forgotten, a mapping onto an alias points at a version, a queue's redrive policy comes back with other white space, and
functions that are not run (no Docker) do not find their layers."""

import json

try:
    from moto.awslambda import models, utils
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
