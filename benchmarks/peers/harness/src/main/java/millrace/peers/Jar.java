package millrace.peers;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which version a class is of, by the name of its jar: not all manifests say it. */
public final class Jar {
  private static final Pattern VERSION = Pattern.compile("-(\\d[^/]*)\\.jar$");

  public static String versionOf(Class<?> type) {
    Matcher version = VERSION.matcher(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    return version.find() ? version.group(1) : "unknown";
  }

  private Jar() {}
}
