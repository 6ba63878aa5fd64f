"""The table of commands: the parser, the pages of help and the tests read it, nothing is written twice.

A command appears here when it is real.
"""

from __future__ import annotations

from hakseup.cli import crossval, documents, lists, looking, results, studio, training
from hakseup.cli.command import Command
from hakseup.cli.kernel_options import KERNEL
from hakseup.cli.options import Argument, Option
from hakseup.settings import SECTIONS
from hakseup.words import Words

_RUN = Argument("run", "RUN", Words("the folder of a run", "실행 폴더"))
_OUT = Option(
    "out",
    "--out",
    "DIR",
    Words(
        "where the run folder is made (else HAKSEUP_RUNS, else ./runs)",
        "실행 폴더를 만들 곳(없으면 HAKSEUP_RUNS, 그다음 ./runs)",
    ),
)
_RECIPE = Option(
    "recipe",
    "--recipe",
    "NAME|FILE",
    Words(
        "a ready recipe, a TOML file or a run folder; without it fast for pictures, table for tables",
        "준비된 레시피, TOML 파일 또는 실행 폴더. 없으면 그림은 fast, 표는 table",
    ),
)
_DATA = Words(
    "a folder with one folder of pictures per class; an NPZ or IDX file; a table as CSV, Parquet or Excel; or a known name "
    "such as mnist or wine",
    "클래스마다 폴더가 있는 그림 폴더, NPZ·IDX 파일, CSV·Parquet·엑셀 표, 또는 mnist·wine 같은 알려진 이름",
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "look",
        Words("what is in the data, before anything is trained", "학습하기 전에 데이터를 살펴봅니다"),
        looking.look,
        (
            Argument("data", "DATA", _DATA),
            Option(
                "html",
                "--html",
                "FILE",
                Words("write a page with pictures of every class", "클래스별 그림이 담긴 페이지를 만듭니다"),
            ),
            Option(
                "pixels",
                "--pixels",
                "N",
                Words(
                    "print picture N (from 0) as a matrix of numbers",
                    "N번째 그림(0부터)을 숫자 행렬로 출력합니다",
                ),
            ),
            Option(
                "augmented",
                "--augmented",
                "FILE",
                Words(
                    "write a .png with training pictures beside what a training would make of them",
                    "학습 그림과, 학습할 때 그것을 바꾼 모습을 .png로 그립니다",
                ),
            ),
            Option(
                "recipe",
                "--recipe",
                "NAME|FILE",
                Words("whose augmentation; without it fast", "증강을 볼 레시피. 없으면 fast"),
            ),
            *KERNEL,
        ),
        sections=("data", "split", "augmentation"),
        keys=("training.seed",),
    ),
    Command(
        "train",
        Words("train a network and validate it", "신경망을 학습하고 검증합니다"),
        training.train,
        (
            Argument(
                "data",
                "DATA",
                Words(
                    f"{_DATA.en}; or a saved recipe to repeat",
                    f"{_DATA.ko}. 저장된 레시피를 주면 그대로 되풀이합니다",
                ),
                required=False,
            ),
            _RECIPE,
            _OUT,
        ),
        more=Words(
            "The test part is set aside and stays sealed: nothing of the training sees it. `hakseup evaluate` opens it.",
            "테스트 부분은 따로 떼어 봉인합니다. 학습에는 전혀 쓰지 않으며, `hakseup evaluate`가 엽니다.",
        ),
        sections=tuple(SECTIONS),
    ),
    Command(
        "crossval",
        Words(
            "train on k folds and score each on what it never saw",
            "데이터를 k겹으로 나누어 학습하고 겹마다 점수를 매깁니다",
        ),
        crossval.crossval,
        (
            Argument("data", "DATA", _DATA),
            _RECIPE,
            Option("k", "--folds", "K", Words("how many folds (5)", "겹 수(5)"), short="-k"),
            Option(
                "repeats",
                "--repeats",
                "N",
                Words("how often the data are divided anew (1)", "데이터를 새로 나누는 횟수(1)"),
            ),
            Option(
                "all_rows",
                "--all-rows",
                "",
                Words(
                    "the test part too; that counts as an opening of it",
                    "테스트 부분까지 씁니다. 한 번 연 것으로 셉니다",
                ),
            ),
        ),
        more=Words(
            "The test part stays sealed: only what lies outside it is divided.",
            "테스트 부분은 봉인된 채로 둡니다. 그 밖의 데이터만 나눕니다.",
        ),
        sections=tuple(section for section in SECTIONS if section not in ("checkpoint", "prediction")),
    ),
    Command(
        "evaluate",
        Words("open the sealed test part and score the network", "봉인된 테스트 부분을 열어 점수를 매깁니다"),
        results.evaluate,
        (_RUN,),
        more=Words(
            "Every opening is counted, over all runs: a test part that was looked at often no longer tells the truth.",
            "모든 실행에 걸쳐 연 횟수를 셉니다. 자주 열어 본 테스트 부분은 더는 진실을 말해 주지 않습니다.",
        ),
    ),
    Command(
        "predict",
        Words("say what pictures show, or predict the rows of a table", "그림이나 표의 행을 예측합니다"),
        results.predict,
        (
            _RUN,
            Argument(
                "inputs",
                "INPUT",
                Words("pictures or folders of pictures; or tables", "그림이나 그림 폴더, 또는 표"),
                many=True,
            ),
            Option(
                "out",
                "--out",
                "FILE",
                Words(
                    "write all predictions to a CSV or Parquet file",
                    "예측을 모두 CSV 또는 Parquet 파일에 씁니다",
                ),
            ),
        ),
        more=Words(
            "A picture that is empty, or unlike all training pictures, gets “I do not know”.",
            "빈 그림이나 학습 그림과 전혀 다른 그림에는 ‘모르겠습니다’라고 답합니다.",
        ),
        keys=("prediction.false_alarms",),
    ),
    Command(
        "report",
        Words("write the report of a run anew", "실행의 보고서를 다시 만듭니다"),
        results.report,
        (
            _RUN,
            Option("open_", "--open", "", Words("and open it in the browser", "브라우저에서 엽니다")),
            Option(
                "network",
                "--network",
                "FILE",
                Words(
                    "also draw the network into this .svg or .png file",
                    "신경망을 .svg나 .png 파일로도 그립니다",
                ),
            ),
        ),
    ),
    Command(
        "runs",
        Words("list the runs", "실행 목록을 봅니다"),
        results.runs,
        (
            Argument(
                "folder",
                "DIR",
                Words(
                    "where the runs lie (else HAKSEUP_RUNS, else ./runs)",
                    "실행이 있는 곳(없으면 HAKSEUP_RUNS, 그다음 ./runs)",
                ),
                required=False,
            ),
        ),
    ),
    Command(
        "compare",
        Words("put runs side by side", "실행을 나란히 비교합니다"),
        results.compare,
        (
            Argument("runs", "RUN", Words("folders of runs, two or more", "실행 폴더 둘 이상"), many=True),
            Option(
                "html",
                "--html",
                "FILE",
                Words("write a page with their curves and scores", "곡선과 점수가 담긴 페이지를 만듭니다"),
            ),
        ),
        more=Words(
            "On the same pictures or rows it also says whether the difference is more than chance.",
            "같은 그림이나 행으로 잰 점수라면 그 차이가 우연 이상인지도 알려 줍니다.",
        ),
    ),
    Command(
        "resume",
        Words("go on with a training that was stopped", "멈춘 학습을 이어서 합니다"),
        training.resume,
        (_RUN,),
        more=Words(
            "The weights become the same, bit for bit, as if it had never been stopped. --epochs N goes on with a finished one, until it has N epochs in all.",
            "멈추지 않았을 때와 비트 하나까지 같은 가중치가 됩니다. --epochs N을 주면 끝난 학습도 모두 N에포크가 될 때까지 더 할 수 있습니다.",
        ),
        keys=("training.epochs",),
    ),
    Command(
        "recipes",
        Words("the ready recipes, and the table of settings", "준비된 레시피와 설정 표"),
        lists.recipes,
        (
            Argument(
                "name",
                "NAME",
                Words(
                    "print this one (a name, a file or a run folder)",
                    "이것을 출력합니다(이름, 파일, 실행 폴더)",
                ),
                required=False,
            ),
            Option(
                "settings",
                "--settings",
                "",
                Words("every setting a recipe may have", "레시피에 쓸 수 있는 모든 설정"),
            ),
            Option(
                "markdown",
                "--markdown",
                "",
                Words("the same as docs/settings.md", "설정 표를 docs/settings.md 형식으로"),
            ),
        ),
    ),
    Command(
        "data",
        Words("the known data sets, and where they lie", "알려진 데이터와 그 위치"),
        lists.data,
        (
            Option(
                "clear_cache",
                "--clear-cache",
                "",
                Words(
                    "remove the decoded pictures that are kept for the next time",
                    "다음을 위해 디코딩해 둔 그림을 지웁니다",
                ),
            ),
        ),
        more=Words(
            "Decoded pictures are kept up to 20 GB (HAKSEUP_CACHE_GB) and for sixty days after they were last used.",
            "디코딩한 그림은 20 GB(HAKSEUP_CACHE_GB)까지, 마지막으로 쓴 뒤 60일까지 보관합니다.",
        ),
    ),
    Command(
        "tutorial",
        Words("run a tutorial, its figure beside ours", "튜토리얼을 실행해 문서의 수치와 견줍니다"),
        training.tutorial,
        (
            Argument(
                "name",
                "NAME",
                Words("which one; without it they are listed", "튜토리얼 이름. 없으면 목록"),
                required=False,
            ),
            _OUT,
        ),
    ),
    Command(
        "run",
        Words(
            "run tutorial code as it was written, its figures beside ours",
            "튜토리얼 코드를 쓰인 그대로 실행해 문서의 수치와 견줍니다",
        ),
        documents.run,
        (
            Argument("file", "FILE", Words("a .md, .ipynb or .py document", ".md·.ipynb·.py 문서")),
            Argument(
                "arguments",
                "ARGUMENTS",
                Words("what a script is called with, behind --", "스크립트에 넘길 인자, -- 뒤에 적습니다"),
                many=True,
                required=False,
            ),
            Option(
                "engine",
                "--engine",
                "hakseup|keras",
                Words(
                    "what keras and tensorflow.keras mean: hakseup, or the Keras that is installed",
                    "keras와 tensorflow.keras의 뜻: hakseup, 또는 설치된 케라스",
                ),
            ),
            Option(
                "allow_shell",
                "--allow-shell",
                "",
                Words(
                    "run the lines for the shell too; without it they are shown",
                    "셸 명령도 실행합니다. 없으면 보여 주기만 합니다",
                ),
            ),
            Option(
                "stop",
                "--stop",
                "",
                Words("end after the first block that fails", "처음 실패한 블록에서 끝냅니다"),
            ),
            Option(
                "fix",
                "--fix",
                "FILE",
                Words(
                    "also write the document for today's Keras 3, and beside it for hakseup",
                    "문서를 오늘날의 케라스 3에 맞게, 그 옆에 hakseup에 맞게 고쳐 씁니다",
                ),
            ),
            Option(
                "out",
                "--out",
                "DIR",
                Words(
                    "where the page and the notebook go (else here)",
                    "페이지와 노트북을 둘 곳(없으면 현재 폴더)",
                ),
            ),
        ),
        more=Words(
            "The code runs in a process of its own, in the current folder; it may do what any program of yours may do.",
            "코드는 현재 폴더에서 별도 프로세스로 실행되며, 직접 실행한 프로그램과 같은 일을 할 수 있습니다.",
        ),
    ),
    Command(
        "demo",
        Words(
            "the whole way in seconds, on data that is already here",
            "이미 있는 데이터로 몇 초 만에 처음부터 끝까지",
        ),
        training.demo,
        (_OUT,),
    ),
    Command(
        "studio",
        Words("the page: draw, look, train, try", "페이지를 엽니다: 그리고, 살펴보고, 학습하고, 써 봅니다"),
        studio.studio,
        (
            Option("port", "--port", "N", Words("the port (else a free one)", "포트(없으면 빈 포트)")),
            Option("no_open", "--no-open", "", Words("do not open the browser", "브라우저를 열지 않습니다")),
            Option(
                "host",
                "--host",
                "ADDRESS",
                Words(
                    "where to listen; else 127.0.0.1, which only this machine reaches",
                    "연결을 기다릴 주소. 없으면 이 컴퓨터에서만 열리는 127.0.0.1",
                ),
            ),
            Option(
                "workspace",
                "--workspace",
                "DIR",
                Words(
                    "the folder with data/ and runs/ (else this one, with the runs where `hakseup runs` looks)",
                    "data/와 runs/가 있는 폴더(없으면 지금 폴더, 실행은 `hakseup runs`가 보는 곳)",
                ),
            ),
        ),
        more=Words(
            "Whoever has the whole address gets in; nothing leaves this machine.",
            "주소 전체를 아는 사람만 들어올 수 있습니다. 데이터는 이 컴퓨터 밖으로 나가지 않습니다.",
        ),
    ),
)
