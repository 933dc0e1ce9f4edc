import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts a sensor beside a bus on loopback, posts alerts to it, waits until they are sent, and ends
 * it. The image's class archive is made of such a run, its test is one, and so is the measurement.
 *
 * <p>Run it with the JDK: {@code java Rehearsal.java SPOOL ALERTS COMMAND…}
 */
final class Rehearsal {
  private static final Pattern DETAIL = Pattern.compile("\"DetailType\"");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final double TICKS_A_SECOND = 100;

  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicLong entries = new AtomicLong();
  private final String host = InetAddress.getLoopbackAddress().getHostAddress();

  private Rehearsal() {}

  public static void main(String[] arguments) throws Exception {
    System.exit(
        new Rehearsal()
            .run(
                arguments[0],
                Integer.parseInt(arguments[1]),
                List.of(arguments).subList(2, arguments.length)));
  }

  private int run(String spool, int alerts, List<String> command) throws Exception {
    HttpServer bus = bus();
    int input = freePort();
    int operations = freePort();
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("CATTLE"));
    environment.putAll(
        Map.of(
            "CATTLEGUARD_CLUSTER",
            "rehearsal",
            "CATTLEGUARD_LISTEN",
            host + ":" + input,
            "CATTLEGUARD_OPERATIONS_LISTEN",
            host + ":" + operations,
            "CATTLEGUARD_SPOOL",
            spool,
            "AWS_REGION",
            "eu-central-1",
            "AWS_ENDPOINT_URL",
            "http://" + host + ":" + bus.getAddress().getPort(),
            "AWS_ACCESS_KEY_ID",
            "rehearsal",
            "AWS_SECRET_ACCESS_KEY",
            "rehearsal"));
    long began = System.nanoTime();
    Process sensor =
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
    try {
      String base = "http://" + host + ":" + operations;
      await("the sensor to be ready", sensor, () -> status(base + "/readyz") == 200);
      String ready =
          "ready after %.2f s and %.2f s of CPU, %d MB"
              .formatted((System.nanoTime() - began) / 1e9, cpu(sensor), memory(sensor, "VmRSS"));
      for (int i = 0; i < alerts; i++) {
        int answer = post("http://" + host + ":" + input + "/", alert(i));
        if (answer != 200) {
          throw new IllegalStateException("alert " + i + " was answered with " + answer);
        }
      }
      status(base + "/healthz");
      if (alerts > 0) {
        await("the alerts to be sent", sensor, () -> waiting(base) == 0 && entries.get() > 1);
      }
      System.out.printf(
          "%s; after %d alerts %.2f s of CPU, %d MB, at most %d MB%n",
          ready, alerts, cpu(sensor), memory(sensor, "VmRSS"), memory(sensor, "VmHWM"));
    } finally {
      sensor.destroy();
      // A run that leaves an archive writes it now.
      if (!sensor.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        sensor.destroyForcibly();
      }
      bus.stop(0);
    }
    // 143: ended by SIGTERM, as it should be.
    return sensor.exitValue() == 143 || sensor.exitValue() == 0 ? 0 : 1;
  }

  private HttpServer bus() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(host, 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::take);
    server.start();
    return server;
  }

  private void take(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    long taken = DETAIL.matcher(body).results().count();
    String entry = "{\"EventId\":\"11111111-2222-3333-4444-555555555555\"}";
    byte[] answer =
        ("{\"FailedEntryCount\":0,\"Entries\":["
                + String.join(",", Collections.nCopies((int) taken, entry))
                + "]}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
    entries.addAndGet(taken);
  }

  /** As Falco writes it; twenty problems on a hundred pods. */
  private static String alert(int number) {
    int problem = number % 20;
    String priority = List.of("Notice", "Warning", "Error", "Critical").get(number % 4);
    return """
    {"hostname":"node-a","output":"A shell was spawned","priority":"%s","rule":"Rehearsed rule %d",\
    "source":"syscall","tags":["container","mitre_execution","T1059"],"time":"%s","output_fields":{\
    "container.id":"4d3e2f1a0b9c","container.image.repository":"registry.example.com/shop",\
    "container.name":"shop","evt.time":%d,"fd.name":"10.0.0.1:41000->192.0.2.7:443",\
    "k8s.ns.name":"shop","k8s.pod.name":"shop-%d","k8s.pod.uid":"uid-%d","proc.cmdline":"sh -c id",\
    "proc.name":"sh","proc.pname":"java","proc.exepath":"/bin/sh","user.name":"root"}}\
    """
        .formatted(priority, problem, Instant.now(), System.nanoTime(), number % 100, number % 100);
  }

  private int post(String address, String body) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(URI.create(address))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private int status(String address) throws IOException, InterruptedException {
    try {
      return get(address).statusCode();
    } catch (java.net.ConnectException e) {
      return 0;
    }
  }

  private double waiting(String base) throws IOException, InterruptedException {
    Matcher matcher =
        Pattern.compile("(?m)^cattleguard_sensor_spool_alerts (\\S+)$")
            .matcher(get(base + "/metrics").body());
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : Double.NaN;
  }

  private HttpResponse<String> get(String address) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void await(String what, Process sensor, Condition condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.holds()) {
      if (!sensor.isAlive()) {
        throw new IllegalStateException("the sensor ended with " + sensor.exitValue());
      }
      if (Instant.now().isAfter(end)) {
        throw new IllegalStateException("waited in vain for " + what);
      }
      Thread.sleep(10);
    }
  }

  private static double cpu(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc", "" + process.pid(), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
  }

  private static long memory(Process process, String which) throws IOException {
    String status = Files.readString(Path.of("/proc", "" + process.pid(), "status"));
    Matcher matcher = Pattern.compile(which + ":\\s+(\\d+) kB").matcher(status);
    return matcher.find() ? Long.parseLong(matcher.group(1)) / 1024 : -1;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
