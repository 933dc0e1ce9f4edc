package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.sources.parsing.Origin;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an event shows, alert or not. */
final class ObservationsTest {
  private static final Origin ORIGIN = new Origin("prod", Instant.parse("2026-03-02T09:00:00Z"));

  private static final String POD =
      "'pod':{'namespace':'shop','name':'web-7d4b9c6f5-x2k9p','workload':'web',"
          + "'workload_kind':'Deployment','container':{'id':'containerd://0123456789abcdef0123',"
          + "'name':'nginx','image':{'id':'docker.io/library/nginx@sha256:aa11',"
          + "'name':'docker.io/library/nginx:1.27'},'start_time':'2026-03-02T08:59:00Z'}}";

  private static List<String> of(String json) {
    return new Observations()
        .of(json.replace('\'', '"'), ORIGIN).stream()
            .map(seen -> EntryText.of(seen.entry()))
            .toList();
  }

  private static String kprobe(String function, String arguments) {
    return "{'process_kprobe':{'process':{'binary':'/usr/sbin/nginx',"
        + POD
        + "},'parent':{'binary':'/usr/sbin/nginx'},'function_name':'"
        + function
        + "','policy_name':'p','args':["
        + arguments
        + "]},'node_name':'n1','time':'2026-03-02T09:30:00Z'}";
  }

  /**
   * A call of nginx, whose container started at 08:59:00.
   *
   * @param started when its process started
   */
  private static String call(String policy, String argument, String started, String at) {
    return "{'process_tracepoint':{'process':{'binary':'/usr/sbin/nginx','start_time':'"
        + started
        + "',"
        + POD.replace("'container':{", "'container':{'pid':1,")
        + "},'parent':{'binary':'/bin/sh'},'subsys':'raw_syscalls','event':'sys_enter','args':["
        + argument
        + "],'policy_name':'"
        + policy
        + "','action':'KPROBE_ACTION_POST'},'node_name':'n1',"
        + "'node_labels':{'kubernetes.io/arch':'arm64'},'time':'"
        + at
        + "'}";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'syscall_id':{'id':257,'abi':'x64'}} | call:x64/openat",
        "{'syscall_id':{'abi':'x64'}} | call:x64/read",
        "{'syscall_id':{'id':102,'abi':'i386'}} | call:i386/socketcall",
        "{'syscall_id':{'id':9999,'abi':'x64'}} | call:x64/unknown",
        "{'syscall_id':{'id':4,'abi':'arm32'}} | call:arm32/unknown",
        "{'syscall_id':{'id':4,'abi':'riscv'}} | call:unknown",
        "{'long_arg':'56'} | call:arm64/openat",
        "{'size_arg':'221'} | call:arm64/execve",
        "{'long_arg':'2147483704'} | call:arm64/unknown",
        "{'long_arg':'-1'} | call:arm64/unknown",
        "{'string_arg':'openat'} | call:unknown",
      })
  void aTracerOfAllCallsTellsTheCallAndNothingElse(String argument, String entry) {
    assertEquals(
        List.of(entry),
        of(call("other", argument, "2026-03-02T08:59:00.5Z", "2026-03-02T08:59:00.501Z")));
  }

  @ParameterizedTest
  @CsvSource({
    "cattleguard-system-calls,   08:59:00.500, 08:59:00.501, true",
    "cattleguard-system-calls-b, 08:58:59.900, 08:58:59.919, true",
    "cattleguard-system-calls,   08:59:00.500, 08:59:00.521, false",
    "cattleguard-system-calls,   08:59:11.000, 08:59:11.001, false",
    "other,                      08:59:00.500, 08:59:00.501, false",
  })
  void aStartIsRecordedIfTheFirstCallsOfItsFirstProcessAre(
      String policy, String started, String at, boolean isRecorded) {
    String event =
        call(
            policy,
            "{'syscall_id':{'id':12,'abi':'x64'}}",
            "2026-03-02T" + started + "Z",
            "2026-03-02T" + at + "Z");
    assertEquals(
        isRecorded ? List.of("call:x64/brk", "call:*") : List.of("call:x64/brk"), of(event));
    assertEquals(
        List.of("call:x64/brk"),
        of(event.replace("'container':{'pid':1,", "'container':{'pid':7,")));
    assertEquals(
        List.of(), of(event.replace("KPROBE_ACTION_POST", "KPROBE_ACTION_SIGKILL")), "not done");
  }

  @ParameterizedTest
  @CsvSource({
    "__x64_sys_mount, call:x64/mount",
    "__arm64_sys_mount, call:arm64/mount",
    "sys_mount, call:mount",
    "__x64_sys_no_such_call, ",
    "security_sb_mount, ",
  })
  void aHookOnOneCallTellsThatCall(String function, String entry) {
    assertEquals(entry == null ? List.of() : List.of(entry), of(kprobe(function, "")));
  }

  /** Only a model may have a pattern: a program with such a name would stand for many. */
  @ParameterizedTest
  @CsvSource({
    "/opt/*,      program:/opt/\\u002a<-/usr/sbin/nginx",
    "/opt/a*/x-7, program:/opt/a\\u002a/x-*<-/usr/sbin/nginx",
    "*,           program:\\u002a<-/usr/sbin/nginx",
  })
  void anAsteriskInANameIsNoPattern(String path, String entry) {
    String event =
        "{'process_exec':{'process':{'binary':'"
            + path
            + "',"
            + POD
            + "},'parent':{'binary':'/usr/sbin/nginx'}},'node_name':'n1',"
            + "'time':'2026-03-02T09:00:30Z'}";
    assertEquals(List.of(entry), of(event));
    assertTrue(
        of(kprobe(
                "security_file_permission",
                "{'file_arg':{'path':'/var/" + path + "'}},{'int_arg':2}"))
            .contains("file:/var/" + entry.substring(8, entry.indexOf('<'))));
  }

  @Test
  void aPlainProcessEventIsAnObservationOfItsWorkload() {
    String event =
        "{'process_exec':{'process':{'binary':'/bin/sh','arguments':'-c id',"
            + POD
            + "},'parent':{'binary':'/usr/sbin/nginx'}},'node_name':'n1',"
            + "'time':'2026-03-02T09:00:30Z'}";
    Observation seen = new Observations().of(event.replace('\'', '"'), ORIGIN).getFirst();
    assertEquals("prod/shop/Deployment/web/nginx", seen.workload().toString());
    assertEquals("program:/bin/sh<-/usr/sbin/nginx", EntryText.of(seen.entry()));
    assertEquals(Phase.STARTUP, seen.phase());
    assertEquals("web-7d4b9c6f5-x2k9p", seen.instance());
    assertEquals("0123456789ab", seen.start());
    assertEquals("docker.io/library/nginx:1.27", seen.image());
    assertEquals("sha256:aa11", seen.digest());
    assertEquals(Instant.parse("2026-03-02T09:00:30Z"), seen.at());
  }

  @ParameterizedTest(name = "{0} {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tcp_connect |"
            + " {'sock_arg':{'saddr':'10.0.0.5','sport':40000,'daddr':'10.0.0.9','dport':5432,'protocol':'IPPROTO_TCP'}}"
            + " | peer:network:private:5432",
        "tcp_connect |"
            + " {'sock_arg':{'saddr':'10.0.0.5','sport':40000,'daddr':'203.0.113.77','dport':443}}"
            + " | peer:network:203.0.113.0/24:443",
        "security_socket_connect |"
            + " {'sockaddr_arg':{'family':'AF_INET6','addr':'2001:db8:1:2::7','port':443}} |"
            + " peer:network:2001:db8:1::/48:443",
        "tcp_connect |"
            + " {'sock_arg':{'saddr':'10.0.0.5','sport':40000,'daddr':'169.254.169.254','dport':80}}"
            + " | peer:network:169.254.169.254/32:80",
        "tcp_connect |"
            + " {'sock_arg':{'saddr':'10.0.0.5','sport':40000,'daddr':'10.0.0.9','dport':50123}} |"
            + " peer:network:private:ephemeral",
        "tcp_connect |"
            + " {'sock_arg':{'saddr':'127.0.0.1','sport':40000,'daddr':'127.0.0.1','dport':80}} | ",
        "tcp_close |"
            + " {'sock_arg':{'saddr':'10.0.0.5','sport':8080,'daddr':'10.0.0.9','dport':40001}} | ",
        "inet_csk_listen_start |"
            + " {'sock_arg':{'saddr':'0.0.0.0','sport':8080,'daddr':'0.0.0.0','dport':0,'protocol':'IPPROTO_TCP'}}"
            + " | listener:tcp/8080",
        "inet_csk_listen_start |"
            + " {'sock_arg':{'saddr':'0.0.0.0','sport':41000,'protocol':'IPPROTO_TCP'}} |"
            + " listener:tcp/ephemeral",
        "security_file_permission | {'file_arg':{'path':'/etc/cron.d/x'}},{'int_arg':2} |"
            + " file:/etc/cron.d/x",
        "security_file_permission | {'file_arg':{'path':'/etc/cron.d/x'}},{'int_arg':4} | ",
        "security_path_truncate | {'path_arg':{'path':'/var/log/a.log'}} | file:/var/log/a.log",
        "security_file_permission | {'file_arg':{'path':'/dev/null'}},{'int_arg':2} | ",
        "security_bprm_check |"
            + " {'linux_binprm_arg':{'path':'/usr/bin/python3.11','permission':'-rwxr-xr-x'}} |"
            + " program:/usr/bin/python*<-/usr/sbin/nginx",
        "security_bprm_check | {'linux_binprm_arg':{'permission':'-rwxrwxrwx'}} |"
            + " program:memfd:*<-/usr/sbin/nginx"
      })
  void aHookShowsWhatItsProcessDoes(String function, String arguments, String entry) {
    assertEquals(entry == null ? List.of() : List.of(entry), of(kprobe(function, arguments)));
  }

  @Test
  void whatWasRefusedWasNotDone() {
    String event = kprobe("tcp_connect", "{'sock_arg':{'daddr':'203.0.113.7','dport':443}}");
    assertEquals(1, of(event).size());
    assertEquals(
        List.of(),
        of(event.replace("'policy_name'", "'action':'KPROBE_ACTION_SIGKILL','policy_name'")));
  }

  /** An engine in the kernel compares the path without links, so a model needs it too. */
  @ParameterizedTest
  @ValueSource(strings = {"sched_process_exec", "security_bprm_check"})
  void aProgramThatIsStartedByALinkIsSeenUnderBothPaths(String function) {
    String event =
        kprobe(function, "{'linux_binprm_arg':{'path':'/usr/bin/nc.openbsd','permission':'-'}}")
            .replaceFirst("'binary':'[^']*'", "'binary':'/usr/bin/nc'");
    assertEquals(
        List.of("program:/usr/bin/nc", "program:/usr/bin/nc.openbsd"),
        of(event).stream().map(entry -> entry.replaceFirst("<-.*", "")).toList());
    assertEquals(
        1,
        of(event.replace("/usr/bin/nc.openbsd", "/usr/bin/nc")).size(),
        "the same path is seen once");
  }

  @Test
  void aProgramOfAProcessThatTetragonLostIsKnownButNotWhoseItIs() {
    String event =
        "{'process_tracepoint':{'process':{'pid':7},'event':'sched_process_exec','args':["
            + "{'linux_binprm_arg':{'path':'/usr/bin/unshare','permission':'-rwxr-xr-x'}}]},"
            + "'node_name':'n1','time':'2026-03-02T09:30:00Z'}";
    assertEquals(List.of(), of(event));
    assertEquals(
        List.of("program:/usr/bin/unshare"),
        new Observations()
            .lost(event.replace('\'', '"'), ORIGIN).stream().map(EntryText::of).toList());
    String whole = event.replace("{'pid':7}", "{'pid':7,'binary':'/usr/bin/sh'}");
    assertEquals(List.of("program:/usr/bin/sh", "program:/usr/bin/unshare"), of(whole));
    assertEquals(List.of(), new Observations().lost(whole.replace('\'', '"'), ORIGIN));
  }

  @ParameterizedTest
  @CsvSource({
    "::ffff:10.0.0.9,     network:private",
    "::ffff:203.0.113.77, network:203.0.113.0/24"
  })
  void anAddressOfASocketForBothFamiliesIsItsIpv4Address(String address, String peer) {
    assertEquals(
        List.of("peer:" + peer + ":5432"),
        of(
            kprobe(
                "tcp_connect",
                "{'sock_arg':{'sport':40000,'daddr':'" + address + "','dport':5432}}")));
  }

  @Test
  void aProcessThatTetragonLostIsOfNoWorkload() {
    assertEquals(
        List.of(),
        of(
            "{'process_kprobe':{'process':{'pid':7},'function_name':'tcp_connect','args':["
                + "{'sock_arg':{'daddr':'203.0.113.7','dport':443}}]},'node_name':'n1'}"));
  }

  @Test
  void aHostProcessIsOfTheNodesAndAContainerWithoutAPodIsOfItsImage() {
    String event =
        "{'process_exec':{'process':{'binary':'/bin/a'DOCKER},'parent':{'binary':'/bin/b'}},"
            + "'node_name':'n1','time':'2026-03-02T09:00:30Z'}";
    assertEquals("prod/-/Node/nodes/host", workload(event.replace("DOCKER", "")));
    assertEquals(
        "prod/-/Container/0123456789ab/",
        workload(event.replace("DOCKER", ",'docker':'0123456789abcdef'")));
  }

  private static String workload(String event) {
    return new Observations().of(event.replace('\'', '"'), ORIGIN).getFirst().workload().toString();
  }

  @Test
  void aFalcoAlertShowsItsProcessAndWhatTheCallDid() {
    String fields =
        "'k8s.ns.name':'shop','k8s.pod.name':'web-7d4b9c6f5-x2k9p','container.name':'nginx',"
            + "'container.id':'0123456789ab','proc.exepath':'/bin/sh','proc.name':'sh',"
            + "'proc.pexepath':'/usr/sbin/nginx'";
    String event =
        "{'rule':'R','priority':'Notice','source':'syscall','time':'2026-03-02T09:15:00Z',"
            + "'output_fields':{FIELDS}}";
    assertEquals(
        List.of("program:/bin/sh<-/usr/sbin/nginx"),
        of(event.replace("FIELDS", fields + ",'evt.type':'execve'")));
    assertEquals(
        List.of("program:/bin/sh<-/usr/sbin/nginx", "peer:network:203.0.113.0/24:4444"),
        of(
            event.replace(
                "FIELDS",
                fields
                    + ",'evt.type':'connect','fd.name':'10.0.0.5:40000->203.0.113.7:4444',"
                    + "'fd.l4proto':'tcp'")));
    assertEquals(
        List.of("program:/bin/sh<-/usr/sbin/nginx", "file:/etc/cron.d/x"),
        of(
            event
                .replace("FIELDS", fields + ",'evt.type':'openat','fd.name':'/etc/cron.d/x'")
                .replace("'R'", "'Write below etc'")));
    assertEquals(
        "prod/shop/Pod/web-*/nginx",
        workload(event.replace("FIELDS", fields + ",'evt.type':'execve'")));
  }

  @Test
  void aKubeArmorLogShowsWhatHappenedAndABlockedCallDoesNot() {
    String event =
        "{'HostName':'n1','ClusterName':'x','NamespaceName':'shop','PodName':'web-1',"
            + "'Owner':{'Ref':'Deployment','Name':'web'},'ContainerName':'nginx',"
            + "'ProcessName':'/bin/ls','ParentProcessName':'/bin/bash','Type':'ContainerLog',"
            + "'Source':'/bin/bash','Operation':'Process','Resource':'/bin/ls -l',"
            + "'Result':'Passed','UpdatedTime':'2026-03-02T09:15:00.5Z'}";
    assertEquals(List.of("program:/bin/ls<-/bin/bash"), of(event));
    assertEquals(List.of(), of(event.replace("'Passed'", "'Permission denied','Action':'Block'")));
  }

  @Test
  void whatIsNoActivityOrNoEventShowsNothing() {
    for (String event :
        List.of("", "{", "[]", "{}", "nonsense", "{'process_exit':{'process':{}}}")) {
      assertEquals(List.of(), of(event));
    }
  }
}
