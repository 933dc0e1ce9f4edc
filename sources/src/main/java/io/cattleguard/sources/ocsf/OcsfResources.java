package io.cattleguard.sources.ocsf;

import static io.cattleguard.sources.parsing.FieldValue.or;

import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Fields;
import org.jspecify.annotations.Nullable;

/** Reads the objects of a finding; of several resources of one kind the first one counts. */
final class OcsfResources {
  private static final String INSTANCE = ":instance/i-";

  private OcsfResources() {}

  /** The target, without its cluster. */
  static Target.Builder target(Fields finding, OcsfEvidence evidence) {
    Fields cloud = finding.object("cloud");
    Target.Builder target =
        Target.builder()
            .account(cloud.object("account").id("uid"))
            .region(cloud.text("region"))
            .containerId(evidence.containerId())
            .containerName(evidence.containerName())
            .image(evidence.image())
            .podUid(evidence.podUid());
    String instance = instanceId(finding.object("device").text("instance_uid"));
    String other = null;
    String namespace = null;
    for (Fields resource : finding.objects("resources")) {
      String uid = or(resource.text("uid"), resource.text("name"));
      namespace = or(namespace, resource.text("namespace"));
      boolean isInstance = uid != null && uid.contains(INSTANCE);
      if (isInstance) {
        instance = or(instance, instanceId(uid));
      } else {
        other = or(other, uid);
      }
    }
    return target.instance(instance).namespace(namespace).resource(other);
  }

  private static @Nullable String instanceId(@Nullable String uid) {
    String id = uid == null ? null : uid.substring(uid.lastIndexOf('/') + 1);
    return id != null && id.startsWith("i-") ? id : null;
  }
}
