package io.cattleguard.respond.aws.ec2;

import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.AwsFailure;
import io.cattleguard.edge.Env;
import io.cattleguard.edge.HttpAwsEndpoint;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.Unavailable;
import java.io.IOException;
import java.io.StringReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * EC2's Query API, as far as responses need it: the SDK's client for it is a jar of 24 MB, as much
 * as all the rest of the function, for eight calls.
 *
 * @see <a href="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html">Query
 *     requests</a>
 */
public final class Ec2Query {
  private static final String VERSION = "2016-11-15";
  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final String SERVER_ERROR = "HTTP 5xx: ";
  private static final int MOST_PAGES = 50;
  private static final Map<String, String> FORM =
      Map.of("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

  /**
   * What may be otherwise in a moment.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html">Error
   *     codes</a>
   */
  private static final Set<String> PASSING =
      Set.of(
          "RequestLimitExceeded",
          "Throttling",
          "ThrottlingException",
          "EC2ThrottledException",
          "InternalError",
          "InternalFailure",
          "ServiceUnavailable",
          "Unavailable");

  private final HttpAwsEndpoint endpoint;
  private final Responder.Pause pause;

  Ec2Query(HttpAwsEndpoint endpoint, Responder.Pause pause) {
    this.endpoint = endpoint;
    this.pause = pause;
  }

  /** Where the environment says. */
  public static Ec2Query of(
      Env env, AwsCredentials.Source credentials, InstantSource clock, Responder.Pause pause) {
    return new Ec2Query(HttpAwsEndpoint.of("EC2", "ec2", env, credentials, clock), pause);
  }

  /** EC2 has understood, and says no. */
  static final class Fault extends Exception {
    private static final long serialVersionUID = 1L;
    private final String code;
    private final boolean again;

    private Fault(String code, boolean again) {
      super(code);
      this.code = code;
      this.again = again;
    }

    /** {@code InvalidGroup.NotFound}. */
    String code() {
      return code;
    }

    /** Whether an attempt before it may have done what was asked for, unheard. */
    boolean again() {
      return again;
    }
  }

  /**
   * One call, tried again where it was throttled or not heard.
   *
   * @throws Fault where EC2 says no
   * @throws Unavailable where nothing is known of what became of it
   */
  Element call(String action, Map<String, String> parameters) throws Fault {
    byte[] body = form(action, parameters);
    String last = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        long most = FIRST_PAUSE_MILLIS << attempt;
        pause.millis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2));
      }
      try {
        return parse(endpoint.post(FORM, body, 1, Ec2Query::code));
      } catch (AwsFailure e) {
        boolean answered = !e.body().isEmpty();
        if (answered && !PASSING.contains(e.code()) && !e.code().startsWith(SERVER_ERROR)) {
          throw new Fault(e.code(), attempt > 0);
        }
        last = e.code();
      } catch (IOException | SAXException e) {
        last = "an answer that is no XML";
      }
    }
    throw new Unavailable("EC2 did not do " + action + ": " + last);
  }

  private static byte[] form(String action, Map<String, String> parameters) {
    Map<String, String> form = new TreeMap<>(parameters);
    form.put("Action", action);
    form.put("Version", VERSION);
    return form.entrySet().stream()
        .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
        .collect(Collectors.joining("&"))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String code(HttpAwsEndpoint.Answer answer) {
    String code = "";
    try {
      code = text(error(parse(answer.body())), "Code");
    } catch (IOException | SAXException e) {
      // Whoever answered was not EC2, but something before it.
    }
    if (answer.status() >= 500) {
      return SERVER_ERROR + (code.isEmpty() ? answer.status() : code);
    }
    return code.isEmpty() ? "HTTP " + answer.status() : code;
  }

  /** Every item of a list that may come in pages. */
  List<Element> all(String action, Map<String, String> parameters, String set) throws Fault {
    Map<String, String> asked = new TreeMap<>(parameters);
    List<Element> items = new ArrayList<>();
    for (int page = 0; page < MOST_PAGES; page++) {
      Element answer = call(action, asked);
      items.addAll(items(answer, set));
      String next = text(answer, "nextToken");
      if (next.isEmpty()) {
        return items;
      }
      asked.put("NextToken", next);
    }
    throw new Unavailable("EC2's answer to " + action + " has no end");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static Element parse(String xml) throws IOException, SAXException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setNamespaceAware(true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return builder.parse(new InputSource(new StringReader(xml))).getDocumentElement();
    } catch (ParserConfigurationException e) {
      throw new AssertionError("every Java platform parses XML", e);
    }
  }

  private static Element error(Element body) {
    List<Element> errors = children(body, "Errors");
    List<Element> all = errors.isEmpty() ? List.of() : children(errors.getFirst(), "Error");
    return all.isEmpty() ? body : all.getFirst();
  }

  /** The {@code item}s of a list in an element; none where the list is not there. */
  static List<Element> items(Element of, String set) {
    List<Element> items = new ArrayList<>();
    for (Element list : children(of, set)) {
      items.addAll(children(list, "item"));
    }
    return items;
  }

  /** The text at a path of elements, empty where there is none. */
  static String text(Element of, String... path) {
    Element at = of;
    for (String name : path) {
      List<Element> found = children(at, name);
      if (found.isEmpty()) {
        return "";
      }
      at = found.getFirst();
    }
    return at.getTextContent().strip();
  }

  private static List<Element> children(Element of, String name) {
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < of.getChildNodes().getLength(); i++) {
      if (of.getChildNodes().item(i) instanceof Element child
          && name.equals(child.getLocalName())) {
        found.add(child);
      }
    }
    return found;
  }
}
