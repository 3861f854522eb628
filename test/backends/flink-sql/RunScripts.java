import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/**
 * Runs scripts of SQL, one after the other, on Flink's cluster within this process, each to the end of its input. With
 * {@code --plan} in front, the scripts behind it are planned only: Flink says how it would run each view and each insert.
 */
public final class RunScripts {
  private static final Pattern SETTING = Pattern.compile("\\s*SET '([^']*)' = '([^']*)'\\s*");

  private static final Pattern VIEW = Pattern.compile("CREATE VIEW (`[^`]+`)");

  public static void main(String[] scripts) throws Exception {
    int exitCode = 0;
    try {
      boolean isPlanned = false;
      for (String script : scripts) {
        if (script.equals("--plan")) isPlanned = true;
        else run(Path.of(script), isPlanned);
      }
    } catch (Exception error) {
      Throwable cause = error;
      while (cause.getCause() != null) cause = cause.getCause();
      System.err.println(error.getMessage() + "\n" + String.valueOf(cause.getMessage()).replace('\n', ' '));
      exitCode = 1;
    }
    System.exit(exitCode); // threads of the cluster would keep the process for seconds
  }

  private static void run(Path script, boolean isPlanned) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, 1); // one order of rows, the same each time
    EnvironmentSettings settings =
        EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build();
    TableEnvironment tables = TableEnvironment.create(settings);
    for (String statement : statementsOf(Files.readString(script))) {
      Matcher view = VIEW.matcher(statement);
      if (!isPlanned) {
        execute(tables, statement);
      } else if (statement.contains("EXECUTE STATEMENT SET")) {
        execute(tables, statement.replace("EXECUTE STATEMENT SET", "EXPLAIN STATEMENT SET"));
      } else {
        execute(tables, statement);
        if (view.find()) execute(tables, "EXPLAIN SELECT * FROM " + view.group(1));
      }
    }
  }

  private static void execute(TableEnvironment tables, String statement) throws Exception {
    Matcher setting = SETTING.matcher(statement);
    if (setting.matches()) { // what Flink's SQL client does itself
      tables.getConfig().set(setting.group(1), setting.group(2));
      return;
    }
    try {
      TableResult result = tables.executeSql(statement);
      if (result.getJobClient().isPresent()) result.await();
    } catch (Exception error) {
      throw new IllegalStateException("Flink refuses: " + statement, error);
    }
  }

  /**
   * A statement ends with a semicolon at the end of a line, a set of statements with END; lines that begin with two dashes are
   * comments.
   */
  private static List<String> statementsOf(String script) {
    List<String> statements = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    for (String line : script.split("\n")) {
      if (line.stripLeading().startsWith("--")) continue;
      boolean isOpen = statement.toString().contains("EXECUTE STATEMENT SET") && !line.equals("END;");
      boolean isLast = line.endsWith(";") && !isOpen;
      statement.append(isLast ? line.substring(0, line.length() - 1) : line).append('\n');
      if (!isLast) continue;
      statements.add(statement.toString());
      statement.setLength(0);
    }
    return statements;
  }
}
