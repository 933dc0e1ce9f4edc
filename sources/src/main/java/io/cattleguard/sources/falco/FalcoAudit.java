package io.cattleguard.sources.falco;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;
import static io.cattleguard.sources.parsing.FieldValue.textIfText;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.sources.parsing.Addresses;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds caller, API call and resource in the fields of Falco's audit plugins.
 *
 * @see <a href="https://github.com/falcosecurity/plugins/tree/main/plugins/k8saudit">ka.*</a>
 * @see <a href="https://github.com/falcosecurity/plugins/tree/main/plugins/cloudtrail">ct.*</a>
 */
final class FalcoAudit {
  private boolean audit;
  private @Nullable String resource;
  private @Nullable String name;
  private @Nullable String podName;
  private @Nullable String responseName;
  private @Nullable String namespace;
  private @Nullable String image;
  private @Nullable String principal;
  private @Nullable String recipientAccount;
  private @Nullable String callerAccount;
  private @Nullable String region;
  private @Nullable String callerAddress;
  private @Nullable String callerArn;
  private @Nullable String role;
  private @Nullable String command;
  private final AuditObject object = new AuditObject();

  /** Takes a field if it belongs here; false otherwise. */
  boolean take(String key, JsonNode value, List<String> notes) {
    switch (key) {
      case "ka.target.resource" -> resource = text(value, key, notes);
      case "ka.target.name" -> name = text(value, key, notes);
      case "ka.target.pod.name" -> podName = text(value, key, notes);
      case "ka.target.namespace" -> namespace = text(value, key, notes);
      // With generateName the name is only in the response.
      case "ka.resp.name" -> responseName = text(value, key, notes);
      case "ka.req.pod.containers.image", "ka.req.container.image" ->
          image = or(image, onlyImage(value));

      case "ka.user.name", "ct.user", "gcp.user", "okta.actor.name", "github.user" ->
          principal = or(principal, text(value, key, notes));
      case "ct.recipientaccountid" -> recipientAccount = text(value, key, notes);
      case "ct.user.accountid" -> callerAccount = text(value, key, notes);
      case "ct.region" -> region = text(value, key, notes);
      case "ct.user.arn", "okta.actor.alternateid", "okta.actor.alternateID" ->
          callerArn = text(value, key, notes);
      case "ka.req.binding.role" -> role = textIfText(value);
      case "ka.uri.param[command]" -> command = text(value, key, notes);
      case "ct.srcip", "gcp.callerIP", "okta.client.ip" -> callerAddress = text(value, key, notes);
      default -> {
        boolean names = object.take(key, value);
        audit |= names || isAuditKey(key);
        return names;
      }
    }
    audit = true;
    return true;
  }

  private static boolean isAuditKey(String key) {
    return key.startsWith("ka.")
        || key.startsWith("jevt.")
        || key.startsWith("ct.")
        || key.startsWith("gcp.")
        || key.startsWith("okta.")
        || key.startsWith("github.");
  }

  /** The image of a request with one container; null if there are several. */
  private static @Nullable String onlyImage(JsonNode value) {
    JsonNode only = value.isArray() && value.size() == 1 ? value.get(0) : value;
    String text = textIfText(only);
    if (text != null && text.startsWith("(") && text.endsWith(")")) {
      text = text.substring(1, text.length() - 1);
    }
    return text == null || text.isEmpty() || text.contains(",") ? null : text;
  }

  boolean isAudit() {
    return audit;
  }

  @Nullable String namespace() {
    return namespace;
  }

  @Nullable String image() {
    return image;
  }

  @Nullable String principal() {
    return or(principal, callerArn);
  }

  /**
   * The object of the call, if it has no field of its own: {@code secrets/db}, {@code
   * clusterrolebindings/x to cluster-admin}, or a cloud's resource.
   */
  @Nullable String resource() {
    if (resource == null) {
      return object.name();
    }
    if (pod() != null || workload() != null) {
      return null;
    }
    String named = objectName() == null ? resource : resource + "/" + objectName();
    return role == null ? named : named + " to " + role;
  }

  /** The command that an exec ran. */
  ObservedProcess process(@Nullable String parent, @Nullable String user) {
    if (command == null) {
      return new ObservedProcess(null, null, null, parent, user);
    }
    String program = command.split("[ ,]", 2)[0];
    return new ObservedProcess(
        null, program.substring(program.lastIndexOf('/') + 1), command, parent, user);
  }

  /** The account of the event rather than the caller's. */
  @Nullable String account() {
    return or(recipientAccount, callerAccount);
  }

  @Nullable String region() {
    return region;
  }

  /** The pod, if the resource is a pod. */
  @Nullable String pod() {
    return "pods".equals(resource) ? or(objectName(), podName) : null;
  }

  /** {@code Kind/name}, if the resource is a workload. */
  @Nullable String workload() {
    String object = objectName();
    if (resource == null || object == null) {
      return null;
    }
    return switch (resource.toLowerCase(Locale.ROOT)) {
      case "deployments" -> "Deployment/" + object;
      case "statefulsets" -> "StatefulSet/" + object;
      case "daemonsets" -> "DaemonSet/" + object;
      case "replicasets" -> "ReplicaSet/" + object;
      case "replicationcontrollers" -> "ReplicationController/" + object;
      case "jobs" -> "Job/" + object;
      case "cronjobs" -> "CronJob/" + object;
      default -> null;
    };
  }

  private @Nullable String objectName() {
    return or(name, responseName);
  }

  /** The caller's address; an AWS service has a name and no address. */
  ObservedConnection caller() {
    return callerAddress != null && Addresses.isAddress(callerAddress)
        ? new ObservedConnection(callerAddress, null, null, null)
        : ObservedConnection.UNKNOWN;
  }
}
