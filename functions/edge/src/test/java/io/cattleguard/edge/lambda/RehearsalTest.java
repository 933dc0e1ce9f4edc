package io.cattleguard.edge.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RehearsalTest {
  private final List<Integer> batches = new ArrayList<>();
  private int staged;

  /** A handler that counts its batches. */
  private final class Noting extends BatchHandler {
    private int handled;

    @Override
    public Set<String> handle(List<Message> messages) {
      handled++;
      batches.add(handled);
      return Set.of();
    }
  }

  private Noting stage() {
    staged++;
    return new Noting();
  }

  @Test
  void aSnapshotHoldsTheCompiledPathOfAFirstBatch() {
    Env env = new Env(Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"));

    Rehearsal.play(env, RehearsalTest.class, "sample.json", this::stage);

    assertEquals(Rehearsal.ROUNDS, staged);
    assertEquals(List.of(1), batches.stream().distinct().toList());
    assertEquals(Rehearsal.ROUNDS, batches.size());
  }

  @Test
  void aStartWithoutASnapshotIsNotDelayed() {
    Env env = new Env(Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"));

    Rehearsal.play(env, RehearsalTest.class, "sample.json", this::stage);

    assertEquals(0, staged);
  }
}
