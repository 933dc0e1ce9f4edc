package io.cattleguard.app.permissions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.Statement;
import io.cattleguard.respond.aws.actions.Statements;
import io.cattleguard.respond.aws.actions.Tag;
import io.cattleguard.respond.kubernetes.actions.Grant;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.actions.Manifests;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the permissions that each action needs, also as the manifests and the IAM policy. */
@Command(
    name = "permissions",
    description = "Print the permissions that each action needs in Kubernetes and AWS.")
public final class PermissionsCommand implements Callable<Integer> {
  /** The output formats. */
  private enum As {
    /** infra/kubernetes/rbac.yaml. */
    RBAC,
    /** infra/kubernetes/respond.yaml. */
    RESPOND,
    /** infra/kubernetes/admission.yaml. */
    ADMISSION,
    /** The statements of an IAM policy. */
    IAM,
    /** infra/terraform/respond-aws.statements.json. */
    TERRAFORM
  }

  private final Surroundings surroundings;

  @Option(names = "--json", description = "Print one JSON object per action.")
  private boolean json;

  @Option(
      names = "--as",
      paramLabel = "KIND",
      description =
          "Print the permissions of all actions as rbac, respond or admission (the manifests in"
              + " infra/kubernetes), as iam (an IAM policy), or as terraform (the statements that"
              + " infra/terraform reads).")
  private @Nullable As as;

  @Option(
      names = "--policy",
      paramLabel = "DIR",
      description =
          "Print only what this policy needs: what its playbooks read, and what those in approve or"
              + " enforce mode change. Default: what every action needs.")
  private @Nullable Path policy;

  public PermissionsCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Optional<Playbooks> playbooks =
        Optional.ofNullable(policy)
            .map(directory -> Playbooks.read(new PolicyFiles(PolicyOption.existing(directory))));
    List<Action<?, ?>> actions =
        playbooks.map(one -> one.used(playbook -> true)).orElse(Actions.registered().here());
    if (as != null) {
      surroundings.out().print(text(as, playbooks));
      return ExitCode.SUCCESS;
    }
    for (Action<?, ?> action : actions) {
      if (json) {
        JsonLines.print(json(action), surroundings.out());
      } else {
        print(action);
      }
    }
    return ExitCode.SUCCESS;
  }

  private String text(As as, Optional<Playbooks> playbooks) {
    List<Grant> grants = playbooks.map(Grants::of).orElseGet(Grants::needed);
    return switch (as) {
      case RBAC -> Manifests.rbac(grants);
      case RESPOND -> Manifests.respond(grants);
      case ADMISSION ->
          Manifests.admission(
              grants,
              playbooks
                  .map(Playbooks::limits)
                  .orElseGet(() -> Limits.read(new PolicyFiles(surroundings.defaultPolicy())))
                  .protectedNamespaces());
      case IAM ->
          Statements.policy(statements(playbooks), "aws", "REGION", "ACCOUNT", Tag.DEFAULT)
                  .toPrettyString()
              + "\n";
      case TERRAFORM ->
          Statements.terraform(
                      playbooks
                          .map(one -> one.used(playbook -> true))
                          .orElse(Actions.registered().here()))
                  .toPrettyString()
              + "\n";
    };
  }

  private static List<Statement> statements(Optional<Playbooks> playbooks) {
    if (playbooks.isEmpty()) {
      return Statements.needed();
    }
    List<Statement> acting =
        Statements.of(playbooks.get().used(playbook -> playbook.mode() != Mode.OBSERVE));
    return Statements.of(playbooks.get().used(playbook -> true)).stream()
        .filter(statement -> !statement.changes() || acting.contains(statement))
        .toList();
  }

  private void print(Action<?, ?> action) {
    Screen screen = surroundings.screen();
    screen.line(Style.GOOD, action.name());
    for (Permission permission : action.permissions()) {
      screen.line(
          Style.PLAIN,
          (permission.changes() ? "  changes  " : "  reads    ") + permission.inWords());
    }
  }

  private static ObjectNode json(Action<?, ?> action) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("action", action.name());
    ArrayNode permissions = out.putArray("permissions");
    for (Permission permission : action.permissions()) {
      permissions
          .addObject()
          .put("allows", permission.inWords())
          .put("changes", permission.changes());
    }
    Guards.names(action).forEach(out.putArray("guards")::add);
    return out;
  }
}
