"""The table of known tables, and nothing else: addresses, SHA-256, names of columns, licences.

The files are those that the Korean tutorials read, at the tutorials' own address; the SHA-256 are of those files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hakseup.sources.known_table import Remote
from hakseup.words import Words


@dataclass(frozen=True)
class KnownTable:
    """One known table."""

    name: str
    title: Words
    columns: tuple[
        tuple[str, Words], ...
    ]  # name in the file, or the one given where it has no header; what is read
    header: bool
    rows: int  # as published
    target: str
    task: Literal["classes", "number"]
    class_names: tuple[tuple[str, Words], ...]  # in their order
    missing: frozenset[str] | None  # the only words that mean missing, in small letters; None: the usual
    remote: Remote
    licence: str | None  # None: none is stated
    citation: str
    page: str
    remark: Words | None = None  # what a person should know before training

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(name for name, _ in self.columns)


def _columns(text: str) -> tuple[tuple[str, Words], ...]:
    """Columns from lines "name | English | Korean"."""
    rows = [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]
    return tuple((name, Words(en, ko)) for name, en, ko in rows)


def _remote(name: str, sha256: str, size: int) -> Remote:
    bases = ("master", "main")
    addresses = tuple(f"https://raw.githubusercontent.com/taehojo/data/{branch}/{name}" for branch in bases)
    return Remote(name, addresses, sha256, size)


_WINE = """
fixed_acidity | tartaric acid (g/l) | 주석산 농도
volatile_acidity | acetic acid (g/l) | 아세트산 농도
citric_acid | citric acid (g/l) | 구연산 농도
residual_sugar | residual sugar (g/l) | 잔류 당분 농도
chlorides | sodium chloride (g/l) | 염화나트륨 농도
free_sulfur_dioxide | free sulfur dioxide (mg/l) | 유리 아황산 농도
total_sulfur_dioxide | total sulfur dioxide (mg/l) | 총 아황산 농도
density | density (g/ml) | 밀도
pH | pH | pH
sulphates | potassium sulphate (g/l) | 황산칼륨 농도
alcohol | alcohol (% by volume) | 알코올 도수
quality | taste (0 to 10) | 와인의 맛(0~10등급)
type | kind of wine | 와인의 종류
"""

_PIMA = """
pregnant | pregnancies | 임신 횟수
plasma | plasma glucose after 2 hours | 포도당 부하 2시간 뒤 혈당
pressure | diastolic blood pressure (mm Hg) | 확장기 혈압
thickness | triceps skin fold (mm) | 삼두근 피부 주름 두께
insulin | serum insulin after 2 hours | 2시간 뒤 혈청 인슐린
bmi | body mass index | 체질량 지수(BMI)
pedigree | diabetes in the family | 당뇨병 가족력
age | age | 나이
diabetes | diabetes | 당뇨병
"""

_HOUSE = """
Id | number of the row | 번호
MSSubClass | kind of dwelling (code) | 주택 유형 코드
MSZoning | zoning | 용도 지역
LotFrontage | street in front (ft) | 도로에 접한 길이
LotArea | lot area (sq ft) | 대지 면적
Street | road | 도로 포장
Alley | alley | 골목 포장
LotShape | shape of the lot | 대지 모양
LandContour | flatness of the lot | 대지의 평탄함
Utilities | utilities | 공공 설비
LotConfig | position of the lot | 대지 위치
LandSlope | slope of the lot | 대지 경사
Neighborhood | neighbourhood | 동네
Condition1 | nearby road or railway | 주변 조건 1
Condition2 | nearby road or railway, second | 주변 조건 2
BldgType | type of building | 건물 유형
HouseStyle | style of house | 집 형태
OverallQual | overall quality (1 to 10) | 전체 품질(1~10)
OverallCond | overall condition (1 to 10) | 전체 상태(1~10)
YearBuilt | year built | 건축 연도
YearRemodAdd | year remodelled | 개축 연도
RoofStyle | style of roof | 지붕 형태
RoofMatl | material of the roof | 지붕 재료
Exterior1st | outer wall | 외벽 재료 1
Exterior2nd | outer wall, second | 외벽 재료 2
MasVnrType | masonry veneer | 조적 마감 종류
MasVnrArea | masonry veneer (sq ft) | 조적 마감 면적
ExterQual | quality of the outer wall | 외벽 품질
ExterCond | condition of the outer wall | 외벽 상태
Foundation | foundation | 기초
BsmtQual | height of the basement | 지하실 높이
BsmtCond | condition of the basement | 지하실 상태
BsmtExposure | basement walls at garden level | 지하실 채광
BsmtFinType1 | finish of the basement | 지하실 마감 1
BsmtFinSF1 | finished basement (sq ft) | 지하실 마감 면적 1
BsmtFinType2 | finish of the basement, second | 지하실 마감 2
BsmtFinSF2 | finished basement, second (sq ft) | 지하실 마감 면적 2
BsmtUnfSF | unfinished basement (sq ft) | 지하실 미마감 면적
TotalBsmtSF | basement (sq ft) | 지하실 전체 면적
Heating | heating | 난방 종류
HeatingQC | quality of the heating | 난방 품질
CentralAir | central air conditioning | 중앙 냉방
Electrical | electrical system | 전기 설비
1stFlrSF | first floor (sq ft) | 1층 면적
2ndFlrSF | second floor (sq ft) | 2층 면적
LowQualFinSF | low quality finish (sq ft) | 저품질 마감 면적
GrLivArea | living area above ground (sq ft) | 지상 생활 면적
BsmtFullBath | full bathrooms in the basement | 지하 욕실 수
BsmtHalfBath | half bathrooms in the basement | 지하 간이 욕실 수
FullBath | full bathrooms | 욕실 수
HalfBath | half bathrooms | 간이 욕실 수
BedroomAbvGr | bedrooms | 침실 수
KitchenAbvGr | kitchens | 주방 수
KitchenQual | quality of the kitchen | 주방 품질
TotRmsAbvGrd | rooms above ground | 지상 방 수
Functional | functionality | 기능 상태
Fireplaces | fireplaces | 벽난로 수
FireplaceQu | quality of the fireplace | 벽난로 품질
GarageType | garage | 차고 위치
GarageYrBlt | year the garage was built | 차고 건축 연도
GarageFinish | finish of the garage | 차고 마감
GarageCars | cars in the garage | 차고 차량 수
GarageArea | garage (sq ft) | 차고 면적
GarageQual | quality of the garage | 차고 품질
GarageCond | condition of the garage | 차고 상태
PavedDrive | paved driveway | 진입로 포장
WoodDeckSF | wooden deck (sq ft) | 나무 데크 면적
OpenPorchSF | open porch (sq ft) | 개방 현관 면적
EnclosedPorch | enclosed porch (sq ft) | 밀폐 현관 면적
3SsnPorch | three season porch (sq ft) | 삼계절 현관 면적
ScreenPorch | screened porch (sq ft) | 방충망 현관 면적
PoolArea | pool (sq ft) | 수영장 면적
PoolQC | quality of the pool | 수영장 품질
Fence | fence | 울타리
MiscFeature | other features | 기타 시설
MiscVal | value of other features ($) | 기타 시설 가치
MoSold | month sold | 판매 월
YrSold | year sold | 판매 연도
SaleType | type of sale | 판매 유형
SaleCondition | condition of sale | 판매 조건
SalePrice | sale price ($) | 판매 가격
"""

TABLE: tuple[KnownTable, ...] = (
    KnownTable(
        name="wine",
        title=Words("Vinho Verde wines, red or white", "비뉴 베르드 와인, 레드와 화이트"),
        columns=_columns(_WINE),
        header=False,
        rows=6_497,
        target="type",
        task="classes",
        class_names=(("0", Words("white wine", "화이트 와인")), ("1", Words("red wine", "레드 와인"))),
        missing=None,
        remote=_remote(
            "wine.csv", "b257c1e0b5d2cfc892e26ae5dea1e624b618dddde82ab426da69aa02b951ea86", 361_279
        ),
        licence="CC BY 4.0",
        citation="P. Cortez, A. Cerdeira, F. Almeida, T. Matos, J. Reis: Modeling wine preferences by data mining from "
        "physicochemical properties. Decision Support Systems 47, 2009.",
        page="https://archive.ics.uci.edu/dataset/186/wine+quality",
    ),
    KnownTable(
        name="pima",
        title=Words("Diabetes among Pima women", "피마 인디언 당뇨병"),
        columns=_columns(_PIMA),
        header=True,
        rows=768,
        target="diabetes",
        task="classes",
        class_names=(("0", Words("no diabetes", "당뇨병 아님")), ("1", Words("diabetes", "당뇨병"))),
        missing=None,
        remote=_remote(
            "pima-indians-diabetes3.csv",
            "596667f4e8b55fe0eff1ba2f11fe9109479a4522fcbd9329078b5e61d0b99b02",
            23_078,
        ),
        licence="CC0",
        citation="J. W. Smith, J. E. Everhart, W. C. Dickson, W. C. Knowler, R. S. Johannes: Using the ADAP learning "
        "algorithm to forecast the onset of diabetes mellitus. 1988.",
        page="https://github.com/taehojo/data",
        remark=Words(
            "Zeros in plasma, pressure, thickness, insulin and bmi stand for values that were not measured.",
            "plasma, pressure, thickness, insulin, bmi의 0은 재지 않은 값을 뜻합니다.",
        ),
    ),
    KnownTable(
        name="house",
        title=Words("House prices in Ames, Iowa", "미국 에임스의 집값"),
        columns=_columns(_HOUSE),
        header=True,
        rows=1_460,
        target="SalePrice",
        task="number",
        class_names=(),
        missing=frozenset({"na"}),
        remote=_remote(
            "house_train.csv", "1e18addf81e5e4d347cc17ee6075bbe4a42b7fa26b9e5b063e8f692a5f929d41", 460_676
        ),
        licence=None,
        citation="D. De Cock: Ames, Iowa: Alternative to the Boston Housing Data as an End of Semester Regression "
        "Project. Journal of Statistics Education 19(3), 2011.",
        page="https://github.com/taehojo/data",
    ),
)
