package io.cattleguard.sensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An unlimited number of Falco alerts, by number: generated ones, or recorded ones with different
 * times.
 */
public final class LoadAlerts {
  private static final Pattern TIME =
      Pattern.compile("\"time\"\\s*:\\s*\"(\\d{4}-\\d\\d-\\d\\dT[^\"]*)\"");
  private static final String MARK = "\"load.problem\":\"";
  private static final List<String> PRIORITIES =
      List.of("Notice", "Warning", "Critical", "Informational", "Error");

  private LoadAlerts() {}

  /** Alerts that must not be folded. */
  public static LongFunction<LoadAlert> distinct(String name, Instant from) {
    return number -> sample(name + "-" + number, number, from);
  }

  /** Alerts of a few problems, in turns. */
  public static LongFunction<LoadAlert> storm(String name, int problems, Instant from) {
    return number -> sample(name + "-" + number % problems, number, from);
  }

  private static LoadAlert sample(String problem, long number, Instant from) {
    String priority = PRIORITIES.get((int) (number % PRIORITIES.size()));
    String command = "sh -c uptime; cat /etc/hostname; echo " + problem;
    String text =
        "{\"hostname\":\"node-a\",\"output\":\"A shell was spawned in a container (evt_type=execve"
            + " user=root user_uid=0 user_loginuid=-1 process=sh proc_exepath=/bin/busybox"
            + " parent=runc terminal=34816 exe_flags=EXE_WRITABLE container_id=4f1c0ffee4f1"
            + " container_image=registry.example.com/shop/web container_image_tag=1.4.2"
            + " container_name=web k8s_ns=shop k8s_pod_name=web-7c8d9f5b6d-x2x4k command="
            + command
            + ")\",\"output_fields\":{\"container.id\":\"4f1c0ffee4f1\","
            + "\"container.image.repository\":\"registry.example.com/shop/web\","
            + "\"container.image.tag\":\"1.4.2\",\"container.name\":\"web\",\"evt.arg.flags\":"
            + "\"EXE_WRITABLE\",\"evt.type\":\"execve\",\"k8s.ns.name\":\"shop\","
            + "\"k8s.pod.name\":\"web-7c8d9f5b6d-x2x4k\","
            + MARK
            + problem
            + "\",\"load.number\":"
            + number
            + ",\"proc.cmdline\":\""
            + command
            + "\",\"proc.exepath\":\"/bin/busybox\",\"proc.name\":\"sh\",\"proc.pid\":6461,"
            + "\"proc.pname\":\"runc\",\"proc.tty\":34816,\"user.loginuid\":-1,"
            + "\"user.name\":\"root\",\"user.uid\":0},\"priority\":\""
            + priority
            + "\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\",\"tags\":"
            + "[\"T1059\",\"container\",\"maturity_stable\",\"mitre_execution\",\"shell\"],"
            + "\"time\":\""
            + from.plusNanos(number * 1_000)
            + "\"}";
    return new LoadAlert(problem, text);
  }

  /** The problem of a generated alert, from its text; for others, the text. */
  public static String problem(String text) {
    int at = text.indexOf(MARK);
    return at < 0
        ? text
        : text.substring(at + MARK.length(), text.indexOf('"', at + MARK.length()));
  }

  private record Recorded(String name, String head, String tail) {}

  /**
   * The alerts of a directory in turns, each with a time of its own; counted by their file.
   *
   * @throws IllegalArgumentException where it holds no alert with a time
   */
  public static LongFunction<LoadAlert> recorded(Path directory, Instant from) {
    List<Recorded> alerts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(name -> name.toString().endsWith(".json")).sorted().toList()) {
        String text = Files.readString(file, StandardCharsets.UTF_8).strip();
        Matcher time = TIME.matcher(text);
        if (text.startsWith("{") && text.contains("\"rule\"") && time.find()) {
          alerts.add(
              new Recorded(
                  String.valueOf(file.getFileName()),
                  text.substring(0, time.start(1)),
                  text.substring(time.end(1))));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (alerts.isEmpty()) {
      throw new IllegalArgumentException(directory + " holds no Falco alert with a time");
    }
    return number -> {
      Recorded alert = alerts.get((int) (number % alerts.size()));
      return new LoadAlert(alert.name, alert.head + from.plusNanos(number * 1_000) + alert.tail);
    };
  }
}
