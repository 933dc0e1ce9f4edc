package io.cattleguard.app.board;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A page of a headless Chromium.
 *
 * @see <a href="https://chromedevtools.github.io/devtools-protocol/">Chrome DevTools Protocol</a>
 */
final class Chromium implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int SECONDS = 60;

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final WebSocket socket;

  /** The page's errors: blocked scripts and styles, exceptions, failed requests. */
  final List<String> complaints = new CopyOnWriteArrayList<>();

  /** The program, named by CATTLEGUARD_TEST_CHROMIUM or found on the PATH. */
  static Optional<Path> program() {
    String named = System.getenv("CATTLEGUARD_TEST_CHROMIUM");
    if (named != null && !named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(
            name ->
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                    .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  Chromium(Path program, Path profile) throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    URI browser = URI.create(listening());
    HttpRequest page =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + browser.getPort() + "/json/new?about:blank"))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    JsonNode opened = JSON.readTree(http.send(page, BodyHandlers.ofString()).body());
    socket =
        http.newWebSocketBuilder()
            .buildAsync(URI.create(opened.path("webSocketDebuggerUrl").asText()), new Listener())
            .join();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      ask(domain + ".enable", object());
    }
  }

  private String listening() throws IOException {
    BufferedReader err =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    for (String line = err.readLine(); line != null; line = err.readLine()) {
      int at = line.indexOf("ws://");
      if (at >= 0) {
        Thread reader =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        long unused = err.transferTo(Writer.nullWriter());
                      } catch (IOException e) {
                        // The process has ended.
                      }
                    });
        reader.setName("chromium");
        return line.substring(at);
      }
    }
    throw new IOException("Chromium did not start");
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  JsonNode ask(String method, ObjectNode parameters) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    ObjectNode message = object().put("id", id).put("method", method);
    message.set("params", parameters);
    socket.sendText(message.toString(), true).join();
    try {
      return answer.get(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(method, e);
    }
  }

  /** Sets the width of the window and the preferred colour scheme. */
  void show(int width, int height, String scheme) {
    ask(
        "Emulation.setDeviceMetricsOverride",
        object()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", width < 500));
    ObjectNode media = object();
    media.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", scheme);
    ask("Emulation.setEmulatedMedia", media);
  }

  void cookie(String pair, String url) {
    String[] parts = pair.split("=", 2);
    ask("Network.setCookie", object().put("name", parts[0]).put("value", parts[1]).put("url", url));
  }

  /** Opens an address and waits until the page and its scripts are loaded. */
  void open(URI uri) {
    ask("Page.navigate", object().put("url", uri.toString()));
    await("location.href === '" + uri + "' && document.readyState === 'complete'");
  }

  /** Waits until an expression is true. */
  void await(String expression) {
    for (int tries = 0; tries < SECONDS * 10; tries++) {
      // A page has no body when it begins to load.
      if (evaluate("document.body !== null && (" + expression + ")").asBoolean()) {
        return;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    throw new AssertionError("never true: " + expression);
  }

  /** The value of an expression, or the result of its promise. */
  JsonNode evaluate(String expression) {
    JsonNode result =
        ask(
                "Runtime.evaluate",
                object()
                    .put("expression", expression)
                    .put("awaitPromise", true)
                    .put("returnByValue", true))
            .path("result");
    if (result.has("exceptionDetails")) {
      throw new AssertionError(result.path("exceptionDetails").toString());
    }
    return result.path("result").path("value");
  }

  /** Takes a screenshot of the whole page. */
  byte[] picture() {
    return Base64.getDecoder()
        .decode(
            ask(
                    "Page.captureScreenshot",
                    object().put("format", "png").put("captureBeyondViewport", true))
                .path("result")
                .path("data")
                .asText());
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        accept(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    private void accept(String message) {
      try {
        JsonNode in = JSON.readTree(message);
        if (in.has("id")) {
          Optional.ofNullable(answers.remove(in.path("id").asInt()))
              .ifPresent(waiting -> waiting.complete(in));
        } else if (in.path("method").asText().equals("Log.entryAdded")
            || in.path("method").asText().equals("Runtime.exceptionThrown")) {
          complaints.add(in.path("params").toString());
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
