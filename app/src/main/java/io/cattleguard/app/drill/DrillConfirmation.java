package io.cattleguard.app.drill;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.events.HostileText;
import io.cattleguard.route.DestinationSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Shows whom a drill notifies before it starts, and asks for confirmation.
 *
 * @param isConfirmed whether {@code --yes} was given
 * @param isPagingAllowed whether {@code --page} was given
 */
record DrillConfirmation(
    DrillOptions options,
    DrillForecast forecast,
    Surroundings surroundings,
    boolean isConfirmed,
    boolean isPagingAllowed,
    Consumer<String> say) {
  /**
   * Prints what the drill does and whom it notifies, and asks for confirmation.
   *
   * @throws UsageError if people would be paged without {@code --page}, or if the person declines
   */
  void ask(String run, String cluster, Instant now) {
    DrillEvents events = new DrillEvents(run, options.image(), now);
    List<String> all =
        options.steps().stream()
            .map(
                step ->
                    events.of(
                        step,
                        new DrillPod(
                            options.namespace(),
                            DrillManifests.name(run, step.id()) + "-x2x4k",
                            Optional.empty(),
                            Optional.empty(),
                            "")))
            .toList();
    List<DestinationSettings> told = forecast.told(all, cluster, now);
    List<String> pagers =
        told.stream().filter(DestinationSettings::isPager).map(DestinationSettings::name).toList();
    if (!pagers.isEmpty() && !isPagingAllowed) {
      throw new UsageError(
          "the routes send a drill to "
              + String.join(", ", pagers)
              + ", which pages people: add --page if that is meant");
    }
    say.accept(
        "drill "
            + run
            + ": "
            + options.steps().size()
            + " harmless steps in "
            + HostileText.visible(cluster, 100)
            + "/"
            + options.namespace()
            + (options.isInjected() ? ", with injected events" : ""));
    say.accept(
        "routed by routes.yaml to: "
            + (told.isEmpty()
                ? "nobody"
                : told.stream()
                    .map(one -> one.name() + " (" + one.type() + ")")
                    .collect(Collectors.joining(", "))));
    if (!forecast.acting().isEmpty()) {
      say.accept(
          "playbooks in enforce mode, which act on the drill's pods if they match: "
              + String.join(", ", forecast.acting())
              + "; the objects that they act on count in the hourly-caps of settings.yaml");
    }
    if (!isConfirmed && !hasAgreed()) {
      throw new UsageError(
          surroundings.columns().isPresent()
              ? "nothing was done"
              : "not confirmed: add --yes to run it without a terminal");
    }
  }

  private boolean hasAgreed() {
    if (surroundings.columns().isEmpty()) {
      return false;
    }
    surroundings.err().print("Run it? [y/N] ");
    surroundings.err().flush();
    try {
      String answer =
          new BufferedReader(new InputStreamReader(surroundings.in(), StandardCharsets.UTF_8))
              .readLine();
      return answer != null && Set.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    } catch (IOException e) {
      return false;
    }
  }
}
