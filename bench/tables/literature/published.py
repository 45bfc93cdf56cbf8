"""Lists numbers from the literature with their sources: their protocols differ from ours, so they are not ranked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """Holds one number in the words of its source; `value` is None where the number is not public."""

    data_set: str  # key of the suite's data sets; "" where the source does not say
    method: str
    year: int
    modality: str
    protocol: str
    value: float | None  # as a fraction
    source: str  # key of SOURCES
    metric: str = "accuracy"
    supervision: str = "supervised"

    @property
    def key(self) -> str:
        """Our protocol of the same name, as far as the source describes its own; "" where there is none."""
        return _OURS.get(self.protocol, "")


_NOT_STATED = "not stated"
_P1 = "P1: 60 fixed subjects, 100 x 10-fold"
_P2 = "P2: 60 subjects redrawn, 100 x 10-fold"
_OURS = {_P1: "bu3dfe_p1", _P2: "bu3dfe_p2"}

#: Key -> address where the number was read.
SOURCES: dict[str, str] = {
    "smile": "https://doi.org/10.1109/ACCESS.2025.3598019",
    "rabiu": "https://asp-eurasipjournals.springeropen.com/articles/10.1186/1687-6180-2012-213",
    "huynh": "https://link.springer.com/chapter/10.1007/978-981-10-0557-2_44",
    "mfevit": "https://ar5iv.labs.arxiv.org/html/2109.13086",
    "cmanet": "https://openreview.net/forum?id=EqVvKkdr_38",
    "zhao": "https://www.scholarmate.com/S/xNuhrw",
    "ogf2net": "https://citegraph.io/paper/5fae6d6dd4150a363ceb94be",
    "cmcnn": (
        "https://aminer.org/pub/628238aa5aee126c0f7f8bb0/"
        "facial-expression-recognition-through-cross-modality-attention-fusion"
    ),
    "li": "https://www.datalearner.com/academic/journal-papers/1077-3142/volumes-and-issues/226/paper-detail/20558",
    "yang": "https://doi.ieeecomputersociety.org/10.1109/FG.2015.7163090",
    "sparsity": (
        "https://www.6gflagship.com/publications/"
        "towards-reading-beyond-faces-for-sparsity-aware-3d-4d-affect-recognition/"
    ),
    "facet": (
        "https://pure.kfupm.edu.sa/en/publications/facetvlm-facial-emotion-learning-with-text-guided-multiview-fusio/"
    ),
    "landmarks": (
        "https://www.6gflagship.com/publications/"
        "landmarks-assisted-collaborative-deep-framework-for-automatic-4d-facial-expression-recognition/"
    ),
    "ccdn": "https://ar5iv.labs.arxiv.org/html/1905.02319",
    "kim": "https://www.mdpi.com/2076-3417/12/11/5493/html",
    "zhen": "https://ar5iv.labs.arxiv.org/html/2105.02319",
    "microattnet": "https://www.scholarfeed.org/paper/2603.26849",
}

#: Sorted by data set.
PUBLISHED: tuple[Published, ...] = (
    Published(
        "",
        "SMILE-VLM (published)",
        2025,
        "multi-view + text",
        _NOT_STATED,
        None,
        "smile",
        supervision="self-supervised",
    ),
    Published("bu3dfe", "Rabiu et al., mRMR", 2012, "3D landmarks", "seven classes with neutral", 0.922, "rabiu"),
    Published("bu3dfe", "Huynh et al., two CNNs", 2016, "2D+3D", "own split", 0.92, "huynh"),
    Published("bu3dfe", "MFEViT (Li et al.)", 2021, "2D+3D", "six expressions", 0.9083, "mfevit"),
    Published("bu3dfe", "CMANet", 2022, "2D+3D", "six expressions", 0.9024, "cmanet"),
    Published("bu3dfe", "Zhao et al., belief network", 2013, "2D+3D", "manually labelled landmarks", 0.892, "zhao"),
    Published("bu3dfe", "OGF2Net (Lin et al.)", 2021, "2D+3D", _P2, 0.8907, "ogf2net"),
    Published("bu3dfe", "OGF2Net (Lin et al.)", 2021, "2D+3D", _P1, 0.8905, "ogf2net"),
    Published("bu3dfe", "CM-CNN (Ni et al.)", 2022, "2D+3D", _P1, 0.8891, "cmcnn"),
    Published("bu3dfe", "CM-CNN (Ni et al.)", 2022, "2D+3D", _P2, 0.8728, "cmcnn"),
    Published("bu3dfe", "Li et al.", 2015, "2D+3D", "six expressions", 0.8632, "li"),
    Published("bu3dfe", "Zhao et al., belief network", 2013, "2D+3D", "automatic landmarks", 0.849, "zhao"),
    Published("bu3dfe", "Yang et al., scattering", 2015, "3D", _P1, 0.848, "yang"),
    Published("bu3dfe", "Yang et al., scattering", 2015, "3D", _P2, 0.827, "yang"),
    Published("bosphorus", "MFEViT (Li et al.)", 2021, "2D+3D", "six expressions", 0.9028, "mfevit"),
    Published("bosphorus", "CMANet", 2022, "2D+3D", "six expressions", 0.8936, "cmanet"),
    Published("bosphorus", "OGF2Net (Lin et al.)", 2021, "2D+3D", "six expressions", 0.8928, "ogf2net"),
    Published("bosphorus", "CM-CNN (Ni et al.)", 2022, "2D+3D", "six expressions", 0.8516, "cmcnn"),
    Published("bu4dfe", "SA-DNN (Behzad et al.)", 2020, "4D, RGB + depth + landmarks", _NOT_STATED, 0.9969, "sparsity"),
    Published(
        "bu4dfe",
        "FACET-VLM (Behzad)",
        2025,
        "4D, multi-view + text",
        'not stated; the abstract says "up to"',
        0.9941,
        "facet",
        supervision="supervised, text guided",
    ),
    Published(
        "bu4dfe",
        "Landmarks-assisted (Behzad et al.)",
        2019,
        "4D, multi-view + landmarks",
        "globally used settings",
        0.967,
        "landmarks",
    ),
    Published("bu4dfe", "CCDN (Behzad et al.)", 2019, "4D, multi-view", "widely adopted settings", 0.965, "ccdn"),
    Published("bu4dfe", "Kim et al., CNN + SVM", 2022, "2D video", "six expressions", 0.9469, "kim"),
    Published("bu4dfe", "Zhen et al.", 2016, "4D geometry only", "average, folds not stated", 0.9418, "zhen"),
    Published(
        "fourdme",
        "Triple-Stream MicroAttNet",
        2025,
        "4D, two views",
        "4DMR challenge, multi-label",
        0.536,
        "microattnet",
        metric="macro UF1",
    ),
)
