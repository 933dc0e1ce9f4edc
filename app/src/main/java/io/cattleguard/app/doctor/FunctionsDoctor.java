package io.cattleguard.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.lambda.model.EventSourceMappingConfiguration;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.lambda.model.GetFunctionResponse;
import software.amazon.awssdk.services.lambda.model.Layer;

/** Checks the functions, one by one, and what the settings of all that were found say together. */
final class FunctionsDoctor {
  private final DoctorAws aws;
  private final Path home;
  private final Map<String, GetFunctionResponse> found = new LinkedHashMap<>();

  /** {@code home} is the checkout whose packages are compared with the deployed ones. */
  FunctionsDoctor(DoctorAws aws, Path home) {
    this.aws = aws;
    this.home = home;
  }

  /** A function that was checked and exists. */
  Optional<GetFunctionResponse> found(String step) {
    return Optional.ofNullable(found.get(step));
  }

  Diagnosis function(String step, String name) {
    String about = "function " + name;
    GetFunctionResponse function =
        aws.functions().getFunction(one -> one.functionName(name).qualifier("live"));
    found.put(step, function);
    FunctionConfiguration configuration = function.configuration();
    String runs = "runs version " + configuration.version();
    if (function.concurrency() != null
        && Objects.equals(function.concurrency().reservedConcurrentExecutions(), 0)) {
      return Diagnosis.problem(
          about,
          "is stopped: its reserved concurrency is 0; remove that: aws lambda"
              + " delete-function-concurrency --function-name "
              + name);
    }
    String state = Doctor.text(configuration.stateAsString());
    if (!state.isEmpty() && !state.equals("Active") && !state.equals("Inactive")) {
      return Diagnosis.problem(
          about, "is " + state + ": " + Doctor.text(configuration.stateReason()));
    }
    for (EventSourceMappingConfiguration mapping :
        aws.functions()
            .listEventSourceMappings(one -> one.functionName(name + ":live"))
            .eventSourceMappings()) {
      if (!Doctor.text(mapping.state()).equals("Enabled")) {
        return Diagnosis.problem(
            about,
            "does not read its queue: the event source mapping is "
                + Doctor.text(mapping.state())
                + "; enable it: aws lambda update-event-source-mapping --enabled --uuid "
                + Doctor.text(mapping.uuid()));
      }
    }
    Optional<String> built = built(step);
    if (built.isEmpty()) {
      return Diagnosis.ok(
          about,
          runs + "; not compared with this checkout, which is not built; build it: ./mvnw package");
    }
    if (!built.get().equals(configuration.codeSha256())) {
      return Diagnosis.problem(
          about,
          runs
              + ", which differs from functions/"
              + step
              + "/target in this checkout; apply this one, or use the checkout of the deployed"
              + " version");
    }
    return Diagnosis.ok(about, runs + ", the same build as in this checkout");
  }

  /**
   * The hash of the package in this checkout; builds are reproducible, so hashes can be compared.
   */
  private Optional<String> built(String step) {
    Path zip =
        home.resolve("functions").resolve(step).resolve("target/cattleguard-" + step + ".zip");
    if (!Files.isReadable(zip)) {
      return Optional.empty();
    }
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(zip));
      return Optional.of(Base64.getEncoder().encodeToString(hash));
    } catch (IOException | GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  Diagnosis policies() {
    Map<String, Set<String>> stepsOf = new LinkedHashMap<>();
    found.forEach(
        (step, function) -> {
          for (Layer layer : function.configuration().layers()) {
            String arn = Doctor.text(layer.arn());
            if (arn.contains("-policy:")) {
              stepsOf.computeIfAbsent(arn, absent -> new TreeSet<>()).add(step);
            }
          }
        });
    if (stepsOf.isEmpty()) {
      return Diagnosis.skipped("policy", "no function with a policy layer was found");
    }
    if (stepsOf.size() > 1) {
      return Diagnosis.problem(
          "policy",
          "the functions use different versions: "
              + stepsOf.entrySet().stream()
                  .map(one -> String.join(", ", one.getValue()) + " has " + one.getKey())
                  .collect(Collectors.joining("; "))
              + "; apply the Terraform module");
    }
    return Diagnosis.ok("policy", "all functions use " + stepsOf.keySet().iterator().next());
  }

  Diagnosis mode() {
    String mode =
        found("respond-kubernetes")
            .map(respond -> respond.configuration().environment())
            .map(environment -> environment.variables().get("RESPONSE_MODE"))
            .orElse("");
    return switch (mode) {
      case "enforce" -> Diagnosis.ok("mode", "enforce: playbooks in enforce mode take action");
      case "observe" ->
          Diagnosis.ok("mode", "observe: no action is taken, whatever the playbooks' mode");
      default -> Diagnosis.skipped("mode", "respond-kubernetes has no RESPONSE_MODE");
    };
  }

  /** The setting node_identity, by which an alert may name a node that nothing proves. */
  Diagnosis nodes() {
    Optional<GetFunctionResponse> respond = found("respond-kubernetes");
    if (respond.isEmpty()) {
      return Diagnosis.skipped("nodes", "function respond-kubernetes was not found");
    }
    Optional<String> claimed =
        respond
            .map(one -> one.configuration().environment())
            .map(environment -> environment.variables().get("CLAIMED_NODES"))
            .filter(names -> !names.isEmpty());
    return claimed
        .map(
            names ->
                Diagnosis.problem(
                    "nodes",
                    "node_identity is claimed in "
                        + names.replace(",", ", ")
                        + ": root on one node can cause actions on the pods of any node; use EKS"
                        + " Pod Identity, node_identity = \"pod\" and bus.nodeIdentity=pod in the"
                        + " sensor's chart"))
        .orElseGet(
            () ->
                Diagnosis.ok(
                    "nodes",
                    "an alert acts only on pods of the node that its sensor's pod proves"));
  }
}
