package io.cattleguard.models.export;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The engines that can enforce a model. */
public enum Engine {
  NETWORKPOLICY(true, false),
  CILIUMNETWORKPOLICY(true, false),
  TETRAGON(false, true),
  KUBEARMOR(false, true),
  /** The kernel's filter of system calls, by a profile of the container runtime. */
  SECCOMP(false, false);

  private final boolean wholePod;
  private final boolean observes;

  Engine(boolean wholePod, boolean observes) {
    this.wholePod = wholePod;
    this.observes = observes;
  }

  /** The name on a command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The engine of a name. */
  public static Optional<Engine> named(String word) {
    return Arrays.stream(values()).filter(engine -> engine.word().equals(word)).findFirst();
  }

  /** All names. */
  public static List<String> words() {
    return Arrays.stream(values()).map(Engine::word).toList();
  }

  /** Whether its policies apply to pods, not to single containers. */
  public boolean isForWholePods() {
    return wholePod;
  }

  /** Whether its policies select pods by their labels; otherwise the pod names the policy. */
  public boolean selectsPods() {
    return this != SECCOMP;
  }

  /** The end of the name of a file with a policy. */
  public String fileSuffix() {
    return this == SECCOMP ? ".json" : ".yaml";
  }

  /** Whether its policies can report what they would stop, without stopping it. */
  public boolean canObserve() {
    return observes;
  }
}
