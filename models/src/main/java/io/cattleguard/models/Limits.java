package io.cattleguard.models;

/**
 * The limits of a {@link Learner}. An entry beyond a limit is refused, counted and shown in the
 * model: it stays a deviation, so that a flood of entries hides nothing.
 *
 * @param workloads containers of workloads
 * @param executables entries of that kind per workload
 * @param listeners entries of that kind per workload
 * @param peers entries of that kind per workload
 * @param writtenFiles entries of that kind per workload
 * @param systemCalls entries of that kind per workload
 * @param allSystemCalls entries of that kind of all workloads: a tracer of all calls is for a few
 *     workloads at a time
 * @param characters of all texts of a workload's entries together
 */
public record Limits(
    int workloads,
    int executables,
    int listeners,
    int peers,
    int writtenFiles,
    int systemCalls,
    int allSystemCalls,
    int characters) {
  /** 10,000 workloads in less than 1 GB, also if every text is of the greatest length. */
  public static final Limits DEFAULT = new Limits(10_000, 128, 32, 64, 128, 400, 200_000, 24_576);

  Limits withoutNewCalls() {
    return new Limits(
        workloads, executables, listeners, peers, writtenFiles, 0, allSystemCalls, characters);
  }

  int of(Entry.Kind kind) {
    return switch (kind) {
      case EXECUTABLE -> executables;
      case LISTENER -> listeners;
      case PEER -> peers;
      case WRITTEN_FILE -> writtenFiles;
      case SYSTEM_CALL -> systemCalls;
    };
  }
}
