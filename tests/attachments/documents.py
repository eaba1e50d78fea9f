#!/usr/bin/env python3
"""Writes twelve documents of our own into a folder: as PDF with text, and as scans. Usage: documents.py FOLDER [NAME]...

For each document, FOLDER gets `<name>.pdf` with a text layer, `<name>.<dpi>.pdf` scanned at 300, 200 and 150 dpi, and `<name>.txt` with what
stands on its pages, separated by form feeds. A scan is what pdftoppm draws, tilted, blurred, with noise and a JPEG's losses.
Needs reportlab, pillow and numpy (requirements.txt), poppler-utils, and the fonts of fonts-dejavu-core.
"""

import io
import pathlib
import subprocess
import sys

import numpy
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFilter
from PIL import ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
FACES = {"serif": "DejaVuSerif.ttf", "bold": "DejaVuSerif-Bold.ttf", "sans": "DejaVuSans.ttf", "italic": "DejaVuSerif-Italic.ttf"}
WIDTH, HEIGHT = A4
MARGIN = 62
DPI = (300, 200, 150)

HEAD = "ỦY BAN NHÂN DÂN"
PLACE = "TỈNH SÔNG MẪU"


class Sheet:
    """A page in the making: what is drawn on it, and what stands on it."""

    def __init__(self, pdf):
        self.pdf, self.y, self.lines = pdf, HEIGHT - MARGIN, []

    def line(self, text, face="serif", size=12, x=MARGIN, leading=None):
        self.pdf.setFont(face, size)
        self.pdf.drawString(x, self.y, text)
        self.lines.append(text)
        self.y -= leading or size * 1.5

    def middle(self, text, face="bold", size=13):
        width = pdfmetrics.stringWidth(text, face, size)
        self.line(text, face, size, (WIDTH - width) / 2)

    def paragraph(self, text, face="serif", size=12, x=MARGIN, width=WIDTH - 2 * MARGIN):
        for line in simpleSplit(text, face, size, width):
            self.line(line, face, size, x)
        self.y -= size * 0.5

    def space(self, points):
        self.y -= points

    def table(self, rows, widths, size=11):
        step = size * 2
        x = [MARGIN + sum(widths[:column]) for column in range(len(widths) + 1)]
        top = self.y + size * 1.3
        for number, row in enumerate(rows):
            self.pdf.setFont("bold" if number == 0 else "serif", size)
            for column, cell in enumerate(row):
                self.pdf.drawString(x[column] + 5, self.y, cell)
            self.lines.append(" ".join(row))
            self.y -= step
        bottom = top - step * len(rows)
        for column in x:
            self.pdf.line(column, top, column, bottom)
        for number in range(len(rows) + 1):
            self.pdf.line(x[0], top - step * number, x[-1], top - step * number)
        self.space(size)

    def signature(self, office, name, stamp=False):
        self.space(16)
        x = WIDTH - MARGIN - 190
        self.line(office, "bold", 12, x)
        below = self.y
        self.space(52)
        self.line(name, "bold", 12, x)
        if stamp:
            self.pdf.drawImage(ImageReader(stamp_image()), x - 52, below - 62, 104, 104, mask="auto")


def stamp_image():
    """A round red stamp, a picture without text, as offices put over their signatures."""
    side = 520
    picture = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    red = (214, 32, 44, 175)
    for inset, width in ((8, 12), (34, 5), (128, 5)):
        draw.ellipse((inset, inset, side - inset, side - inset), outline=red, width=width)
    font = ImageFont.truetype(str(FONTS / FACES["bold"]), 46)
    for number, letter in enumerate("ỦY BAN NHÂN DÂN ★ SÔNG MẪU ★ "):
        tile = Image.new("RGBA", (side, side), (255, 255, 255, 0))
        ImageDraw.Draw(tile).text((side / 2, 82), letter, font=font, fill=red, anchor="mm")
        picture.alpha_composite(tile.rotate(-number * 360 / 29, center=(side / 2, side / 2)))
    star = [(side / 2 + r * numpy.sin(a * numpy.pi / 5), side / 2 - r * numpy.cos(a * numpy.pi / 5)) for a, r in zip(range(10), [86, 36] * 5)]
    draw.polygon(star, fill=red)
    return picture


def decision(pdf, stamp=False):
    sheet = Sheet(pdf)
    sheet.middle(HEAD)
    sheet.middle(PLACE)
    sheet.middle("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bold", 12)
    sheet.middle("Độc lập - Tự do - Hạnh phúc", "bold", 12)
    sheet.line("Số: 1274/QĐ-UBND")
    sheet.line("Sông Mẫu, ngày 14 tháng 8 năm 2025", "italic")
    sheet.space(8)
    sheet.middle("QUYẾT ĐỊNH")
    sheet.middle("Về việc phê duyệt phương án cấp nước sạch cho bảy xã vùng cao", "bold", 12)
    sheet.paragraph("Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15 ngày 16 tháng 6 năm 2025;")
    sheet.paragraph("Theo đề nghị của Giám đốc Sở Nông nghiệp và Môi trường tại Tờ trình số 288/TTr-SNNMT.")
    sheet.middle("QUYẾT ĐỊNH:", "bold", 12)
    sheet.paragraph("Điều 1. Phê duyệt phương án cấp nước sạch cho bảy xã vùng cao giai đoạn 2025 - 2028, với tổng mức đầu tư 46,5 tỷ đồng.")
    sheet.paragraph("Điều 2. Chánh Văn phòng Ủy ban nhân dân tỉnh, Giám đốc các sở và Chủ tịch Ủy ban nhân dân các xã chịu trách nhiệm thi hành Quyết định này.")
    sheet.signature("CHỦ TỊCH", "Lương Khánh Toàn", stamp)
    return [sheet]


def plan(pdf):
    first = Sheet(pdf)
    first.middle("KẾ HOẠCH")
    first.middle("Phòng, chống hạn hán và xâm nhập mặn năm 2026", "bold", 12)
    first.line("I. MỤC ĐÍCH, YÊU CẦU", "bold")
    first.paragraph("Chủ động bảo đảm nguồn nước phục vụ sản xuất và sinh hoạt của nhân dân; giảm thiểu thiệt hại do thiên tai gây ra đối với lúa, cây ăn quả và thủy sản.")
    first.paragraph("Các cấp, các ngành phải xác định rõ trách nhiệm, phối hợp chặt chẽ, tránh chồng chéo và lãng phí.")
    first.line("II. NỘI DUNG", "bold")
    first.paragraph("1. Nạo vét 38 tuyến kênh nội đồng, sửa chữa 12 cống ngăn mặn trước ngày 15 tháng 01 năm 2026.")
    first.paragraph("2. Lắp đặt thêm 9 trạm quan trắc độ mặn tự động dọc sông Mẫu và sông Trà Đục.")
    pdf.showPage()
    second = Sheet(pdf)
    second.line("III. TỔ CHỨC THỰC HIỆN", "bold")
    second.paragraph("Sở Tài chính cân đối ngân sách, tham mưu bố trí kinh phí kịp thời theo quy định của pháp luật.")
    second.paragraph("Đài Khí tượng Thủy văn tỉnh cập nhật bản tin dự báo mười ngày một lần, gửi về Văn phòng Ban Chỉ huy.")
    second.signature("GIÁM ĐỐC SỞ", "Đặng Thị Quỳnh Như")
    return [first, second]


def notice(pdf):
    sheet = Sheet(pdf)
    sheet.middle("THÔNG BÁO")
    sheet.middle("Về việc đấu giá quyền sử dụng đất", "bold", 12)
    sheet.paragraph("Trung tâm Phát triển quỹ đất thông báo danh sách các thửa đất đưa ra đấu giá như sau:")
    sheet.table(
        [["Thửa", "Vị trí", "Diện tích (m²)", "Giá khởi điểm"], ["Lô 1", "Thôn Đồng Bưởi", "142,6", "1.240.000.000"],
         ["Lô 2", "Thôn Suối Rạc", "98,4", "865.500.000"], ["Lô 3", "Xóm Cửa Ải", "210,0", "1.903.700.000"], ["Lô 4", "Ấp Vĩnh Thuỷ", "125,3", "1.077.580.000"]],
        [60, 160, 120, 130])
    sheet.paragraph("Hồ sơ nộp trước 16 giờ 30 phút ngày 05 tháng 12 năm 2025 tại trụ sở Trung tâm, số 47 đường Nguyễn Bỉnh Khiêm.")
    return [sheet]


def columns(pdf):
    sheet = Sheet(pdf)
    sheet.middle("BẢN TIN NÔNG THÔN MỚI")
    sheet.space(10)
    top = sheet.y
    column = (WIDTH - 2 * MARGIN - 30) / 2
    left = "Xã Đông Thượng vừa khánh thành cây cầu treo dài 86 mét bắc qua suối Nậm Khoai, thay cho bè mảng mà bà con vẫn dùng mỗi mùa lũ. Công trình do nhân dân góp 1.900 ngày công, phần vật liệu được ngân sách huyện hỗ trợ. Từ nay, học trò ba bản phía tây không còn phải nghỉ học khi nước lên."
    right = "Cũng trong tháng này, hợp tác xã chè Bạch Hạc xuất chuyến hàng đầu tiên sang thị trường châu Âu, gồm 12 tấn chè xanh đóng gói. Ông Lò Văn Thưởng, giám đốc hợp tác xã, cho biết giá thu mua tăng 15% so với vụ trước. Các hộ trồng chè đã đăng ký mở rộng thêm 40 héc ta theo tiêu chuẩn hữu cơ."
    sheet.paragraph(left, "serif", 11, MARGIN, column)
    sheet.y = top
    sheet.paragraph(right, "serif", 11, MARGIN + column + 30, column)
    return [sheet]


def stamped(pdf):
    return decision(pdf, stamp=True)


def letter(pdf):
    sheet = Sheet(pdf)
    sheet.line("Số: 3561/SYT-NVY", "sans", 10)
    sheet.line("V/v tăng cường phòng, chống dịch sốt xuất huyết", "sans", 10)
    sheet.paragraph("Kính gửi: Giám đốc các bệnh viện, trung tâm y tế trên địa bàn tỉnh.", "sans", 10)
    sheet.paragraph("Trong tuần 41, toàn tỉnh ghi nhận 217 ca mắc sốt xuất huyết, tăng 34 ca so với tuần trước; có 3 ổ dịch mới tại phường Hòa Lạc, xã Yên Mỹ và thị trấn Kẻ Sặt.", "sans", 10)
    sheet.paragraph("Sở Y tế đề nghị các đơn vị duy trì trực cấp cứu 24/24 giờ, chuẩn bị đủ dịch truyền, thuốc và vật tư; tổ chức diệt bọ gậy, phun hóa chất trong vòng 48 giờ kể từ khi phát hiện ổ dịch.", "sans", 10)
    sheet.paragraph("Mọi vướng mắc xin liên hệ Phòng Nghiệp vụ Y để được hướng dẫn, giải quyết.", "sans", 10)
    sheet.signature("KT. GIÁM ĐỐC", "Phùng Gia Huấn")
    return [sheet]


def invitation(pdf):
    sheet = Sheet(pdf)
    sheet.middle("GIẤY MỜI", "bold", 15)
    sheet.middle("Dự hội nghị tổng kết mùa vụ", "italic", 13)
    sheet.paragraph("Ban Tổ chức trân trọng kính mời quý đại biểu tới dự hội nghị tổng kết vụ hè thu và triển khai vụ đông xuân.", "serif", 13)
    sheet.paragraph("Thời gian: từ 7 giờ 30 phút, thứ Năm, ngày 20 tháng 11 năm 2025.", "bold", 12)
    sheet.paragraph("Địa điểm: hội trường tầng 2, Nhà Văn hóa lao động tỉnh.", "bold", 12)
    sheet.paragraph("Rất hân hạnh được đón tiếp!", "italic", 13)
    return [sheet]


def report(pdf):
    sheet = Sheet(pdf)
    sheet.middle("BÁO CÁO")
    sheet.middle("Tình hình kinh tế - xã hội quý III năm 2025", "bold", 12)
    for text in [
        "1. Tổng sản phẩm trên địa bàn ước tăng 7,82%; thu ngân sách đạt 3.417 tỷ đồng, bằng 79,6% dự toán.",
        "2. Chỉ số sản xuất công nghiệp tăng 11,3%, trong đó chế biến, chế tạo tăng 12,9%.",
        "3. Giải ngân vốn đầu tư công đạt 58,4% kế hoạch; còn 6 dự án chậm tiến độ vì vướng giải phóng mặt bằng.",
        "4. Khách du lịch ước đạt 1,26 triệu lượt, doanh thu 940 tỷ đồng, tăng gần gấp rưỡi cùng kỳ.",
        "5. Tỷ lệ hộ nghèo theo chuẩn đa chiều giảm còn 4,15%; tạo việc làm mới cho 8.730 lao động.",
    ]:
        sheet.paragraph(text)
    sheet.paragraph("Hạn chế, yếu kém: một số chỉ tiêu về môi trường chưa đạt; tội phạm công nghệ cao diễn biến phức tạp.")
    return [sheet]


def turned(pdf):
    pdf.setPageSize((WIDTH, HEIGHT))
    pdf.saveState()
    pdf.translate(WIDTH, 0)
    pdf.rotate(90)
    sheet = Sheet(pdf)
    sheet.y = WIDTH - MARGIN
    sheet.line("PHỤ LỤC: DANH MỤC TRẠM QUAN TRẮC ĐỘ MẶN", "bold", 13)
    for text in [
        "Trạm Cống Bà Triệu đặt tại bờ hữu sông Mẫu, đo mỗi giờ một lần, truyền số liệu qua vệ tinh.",
        "Trạm Vàm Rạch Gốc đặt tại ngã ba sông, kết hợp đo mực nước, nhiệt độ và lượng mưa.",
        "Trạm Đập Ông Chưởng dùng nguồn điện mặt trời, có người trực vào các kỳ triều cường.",
        "Trạm Bến Phà Cũ mới nâng cấp, thay thế thiết bị hỏng sau trận bão tháng Mười.",
    ]:
        sheet.paragraph(text, "serif", 12, MARGIN, HEIGHT - 2 * MARGIN)
    pdf.restoreState()
    return [sheet]


def mixed(pdf):
    first = Sheet(pdf)
    first.middle("TỜ TRÌNH")
    first.paragraph("Kính trình Hội đồng nhân dân tỉnh xem xét, thông qua mức thu phí tham quan di tích hang Nước Ngầm kể từ năm 2026.")
    pdf.showPage()
    second = Sheet(pdf)
    second.middle("BẢN VẼ VÀ THUYẾT MINH")
    second.paragraph("Khu di tích gồm ba hang nối liền nhau, hang giữa có nhũ đá hình đàn voi quỳ; lối vào rộng 4 mét, trần cao 17 mét.")
    second.paragraph("Phần kè chống sạt lở được thiết kế bằng rọ đá, kết hợp trồng cỏ vetiver giữ đất.")
    return [first, second]


def budget(pdf):
    sheet = Sheet(pdf)
    sheet.middle("DỰ TOÁN CHI NGÂN SÁCH")
    rows = [["Nội dung", "Năm 2024", "Năm 2025", "Tỷ lệ"]]
    names = ["Giáo dục", "Y tế", "Giao thông", "Thủy lợi", "Văn hóa", "Môi trường", "Quốc phòng", "Dự phòng"]
    for number, name in enumerate(names):
        before, after = 1200 + 137 * number, 1310 + 149 * number
        rows.append([name, f"{before:,}".replace(",", "."), f"{after:,}".replace(",", "."), f"{after / before * 100:.1f}%".replace(".", ",")])
    sheet.table(rows, [170, 100, 100, 90])
    sheet.paragraph("Đơn vị tính: triệu đồng. Số liệu chưa bao gồm nguồn vốn vay lại.")
    return [sheet]


def announcement(pdf):
    sheet = Sheet(pdf)
    sheet.middle("CÔNG ĐIỆN KHẨN")
    sheet.middle("VỀ VIỆC ỨNG PHÓ BÃO SỐ 11", "bold", 12)
    sheet.paragraph("HỒI 13 GIỜ NGÀY 02/10/2025, TÂM BÃO Ở KHOẢNG 18,6 ĐỘ VĨ BẮC; 109,2 ĐỘ KINH ĐÔNG, SỨC GIÓ MẠNH CẤP 12, GIẬT CẤP 15.", "sans", 11)
    sheet.paragraph("Chủ tịch Ủy ban nhân dân tỉnh yêu cầu: \"Không để người dân ở lại trên lồng bè, chòi canh; kiên quyết di dời các hộ ở vùng trũng thấp, ven sông, sườn dốc trước 18 giờ hôm nay\".")
    sheet.paragraph("Học sinh các cấp được nghỉ học từ ngày 03/10 cho đến khi có thông báo mới (dự kiến 2 ngày).")
    return [sheet]


DOCUMENTS = [decision, plan, notice, columns, stamped, letter, invitation, report, turned, mixed, budget, announcement]


def write(path, make):
    pdf = canvas.Canvas(str(path), pagesize=A4, invariant=1)
    for face, file in FACES.items():
        pdfmetrics.registerFont(TTFont(face, str(FONTS / file)))
    sheets = make(pdf)
    pdf.showPage()
    pdf.save()
    return sheets


def scanned(page, dpi, random):
    """A page as a scanner sees it: tilted, not quite sharp, on paper that is not white, with the noise of its sensor."""
    tilt = random.uniform(0.3, 1.2) * random.choice([-1, 1])
    page = page.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    page = page.filter(ImageFilter.GaussianBlur(dpi / 300))
    grains = numpy.asarray(page, dtype=numpy.float32) * 0.87 + 22
    grains += random.normal(0, 9, grains.shape[:2])[..., None]
    return Image.fromarray(grains.clip(0, 255).astype(numpy.uint8))


def pictures(path, dpi, first=1, last=99):
    drawn = subprocess.run(["pdftoppm", "-r", str(dpi), "-f", str(first), "-l", str(last), "-png", str(path), str(path.with_suffix(".page"))], check=True)
    assert drawn.returncode == 0
    found = sorted(path.parent.glob(path.stem + ".page-*.png"))
    images = [Image.open(io.BytesIO(one.read_bytes())).convert("RGB") for one in found]
    for one in found:
        one.unlink()
    return images


def as_scan(path, to, dpi, seed):
    random = numpy.random.default_rng(seed)
    pages = [scanned(page, dpi, random) for page in pictures(path, dpi)]
    pages[0].save(to, save_all=True, append_images=pages[1:], resolution=dpi, quality=75)


def half_scanned(path, dpi, seed):
    """The mixed document: its first page has text, its second is a picture."""
    pages = pictures(path, dpi, 2)
    page = scanned(pages[0], dpi, numpy.random.default_rng(seed))
    pdf = canvas.Canvas(str(path), pagesize=A4, invariant=1)
    first = mixed(pdf)[0]
    assert first.lines
    pdf._code.clear()
    packed = io.BytesIO()
    page.save(packed, "JPEG", quality=75)
    pdf.drawImage(ImageReader(packed), 0, 0, WIDTH, HEIGHT)
    pdf.showPage()
    pdf.save()


def main(folder, names):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for seed, make in enumerate(DOCUMENTS):
        name = make.__name__
        if names and name not in names:
            continue
        path = folder / f"{name}.pdf"
        sheets = write(path, make)
        (folder / f"{name}.txt").write_text("\f".join("\n".join(sheet.lines) for sheet in sheets))
        for dpi in DPI:
            as_scan(path, folder / f"{name}.{dpi}.pdf", dpi, seed * 1000 + dpi)
        if make is mixed:
            half_scanned(path, 200, seed)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
